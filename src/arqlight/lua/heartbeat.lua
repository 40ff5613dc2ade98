-- A worker's heartbeat: renew the leases of all its running jobs, publish the worker, fetch what it must stop.
--
-- KEYS  1 queue  2 running  3 aborts  4 workers  5 the worker's record  6 draining
-- ARGV  1 worker id  2 lease in ms  3 the worker's record ('' to publish nothing)  4 its expiry in ms
--       5 held (see finish.lua)
--       then 3 for each running job: id, holder, try
-- Returns {{ids whose lease was lost}, {ids to abort}, 1 if the worker is draining}
local queue, running, aborts, workers, worker, draining = unpack(KEYS)
local worker_id, lease_ms, record, record_expiry_ms, held = unpack(ARGV, 1, 5)
local FIRST, WIDTH = 6, 3
-- How many jobs of `running` are looked at, whether they are over.
local SWEEP = 5
local ABORT_EXPIRY_MS = 3600000
local now = now_ms()

-- A full Redis refuses commands that may need memory, but not once a script has written. This needs none: so
-- leases are kept there too.
redis.call('EXPIRE', running, TRY_EXPIRY_S)

local lost, to_abort, leases, runners = {}, {}, {}, {}

local function renew(id, holder, job_try)
  redis.call('SET', IN_PROGRESS .. id, holder, 'PX', lease_ms)
  redis.call('EXPIRE', JOB .. id, TRY_EXPIRY_S)
  redis.call('EXPIRE', RETRY .. id, TRY_EXPIRY_S)
  local n = #leases
  leases[n + 1], leases[n + 2] = ms(now + lease_ms), id
  runners[n + 1], runners[n + 2] = id, worker_id .. ':' .. job_try
end

local function renew_all()
  local holder_keys = {}
  for i = FIRST, #ARGV, WIDTH do holder_keys[#holder_keys + 1] = IN_PROGRESS .. ARGV[i] end
  local holders = get_many(holder_keys)
  local any_abort = redis.call('EXISTS', aborts) == 1
  for n = 1, #holder_keys do
    local id, holder, job_try = unpack(ARGV, FIRST + (n - 1) * WIDTH, FIRST + n * WIDTH - 1)
    local state = lease_state(holders[n], holder, queue, running, id, job_try, held)
    if state == 'lost' then
      lost[#lost + 1] = id
    elseif state ~= 'forgotten' then
      renew(id, holder, job_try)
      if any_abort and redis.call('ZSCORE', aborts, id) then to_abort[#to_abort + 1] = id end
    end
    -- A forgotten one may just have been finished by another call of this worker, which must not be undone.
  end
  -- XX: a job that Redis no longer knows must not come back to the queue without its record.
  for first = 1, #leases, CHUNK do
    redis.call('ZADD', queue, 'XX', unpack(leases, first, math.min(first + CHUNK - 1, #leases)))
  end
  call_many('HSET', running, runners)
  redis.call('EXPIRE', running, TRY_EXPIRY_S)
end

-- Jobs that plain arq took over and ended are cleared here, a few at each beat: it knows nothing of these keys.
local function sweep()
  for _, id in ipairs(redis.call('HRANDFIELD', running, SWEEP)) do
    if not redis.call('ZSCORE', queue, id) then redis.call('HDEL', running, id) end
  end
  redis.call('ZREMRANGEBYSCORE', aborts, '-inf', ms(now - ABORT_EXPIRY_MS))
end

local function publish()
  redis.call('SET', worker, record, 'PX', record_expiry_ms)
  redis.call('ZADD', workers, ms(now + record_expiry_ms), worker_id)
  redis.call('ZREMRANGEBYSCORE', workers, '-inf', ms(now))
  redis.call('PEXPIRE', workers, math.max(tonumber(record_expiry_ms), redis.call('PTTL', workers)))
end

renew_all()
sweep()
if record ~= '' then publish() end
return {lost, to_abort, redis.call('EXPIRE', draining, TRY_EXPIRY_S)}
