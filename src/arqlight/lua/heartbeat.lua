-- A worker's heartbeat: renew the leases of all its running jobs, publish the worker, fetch what it must stop.
--
-- KEYS  1 queue  2 running  3 aborts  4 workers  5 the worker's record
-- ARGV  1 worker id  2 lease in ms  3 the worker's record ('' to publish nothing)  4 its expiry in ms
--       5 held (see finish.lua)
--       then 3 for each running job: id, holder, try
-- Returns {{ids whose lease was lost}, {ids to abort}}
local FIRST, WIDTH = 6, 3
local SWEEP = 5
local ABORT_EXPIRY_MS = 3600000
local now = now_ms()
local deadline = ms(now + ARGV[2])
local holder_keys = {}
for i = FIRST, #ARGV, WIDTH do holder_keys[#holder_keys + 1] = IN_PROGRESS .. ARGV[i] end
local holders = get_many(holder_keys)
local any_abort = redis.call('EXISTS', KEYS[3]) == 1
local lost, to_abort, leases, runners = {}, {}, {}, {}
for i = FIRST, #ARGV, WIDTH do
  local id, holder = ARGV[i], ARGV[i + 1]
  local current = holders[(i - FIRST) / WIDTH + 1]
  local state = lease_state(current, holder, KEYS[1], KEYS[2], id, ARGV[i + 2], ARGV[5])
  if state == 'lost' then
    lost[#lost + 1] = id
  elseif state ~= 'forgotten' then
    redis.call('SET', IN_PROGRESS .. id, holder, 'PX', ARGV[2])
    redis.call('EXPIRE', JOB .. id, TRY_EXPIRY_S)
    redis.call('EXPIRE', RETRY .. id, TRY_EXPIRY_S)
    leases[#leases + 1] = deadline
    leases[#leases + 1] = id
    runners[#runners + 1] = id
    runners[#runners + 1] = ARGV[1] .. ':' .. ARGV[i + 2]
    if any_abort and redis.call('ZSCORE', KEYS[3], id) then to_abort[#to_abort + 1] = id end
  end
  -- A forgotten one may just have been finished by another call of this worker, which must not be undone.
end
-- XX: a job that Redis no longer knows must not come back to the queue without its record.
for first = 1, #leases, CHUNK do
  redis.call('ZADD', KEYS[1], 'XX', unpack(leases, first, math.min(first + CHUNK - 1, #leases)))
end
-- Jobs that plain arq took over and ended are cleared here, a few at each beat: it knows nothing of these keys.
for _, id in ipairs(redis.call('HRANDFIELD', KEYS[2], SWEEP)) do
  if not redis.call('ZSCORE', KEYS[1], id) then redis.call('HDEL', KEYS[2], id) end
end
if any_abort then redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ms(now - ABORT_EXPIRY_MS)) end
call_many('HSET', KEYS[2], runners)
redis.call('EXPIRE', KEYS[2], TRY_EXPIRY_S)
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[5], ARGV[3], 'PX', ARGV[4])
  redis.call('ZADD', KEYS[4], ms(now + ARGV[4]), ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ms(now))
  redis.call('PEXPIRE', KEYS[4], math.max(tonumber(ARGV[4]), redis.call('PTTL', KEYS[4])))
end
return {lost, to_abort}
