-- redis.call(...) with any number of trailing arguments, in chunks that keep pairs together.
local function call_many(command, key, values)
  for first = 1, #values, CHUNK do
    local last = math.min(first + CHUNK - 1, #values)
    if key then
      redis.call(command, key, unpack(values, first, last))
    else
      redis.call(command, unpack(values, first, last))
    end
  end
end

-- One call sets many keys that share an expiry, where the server knows it: Valkey 9.1, Redis 8.4.
local HAS_MSETEX = (redis.VALKEY_VERSION_NUM or 0) >= 0x00090100
  or not redis.VALKEY_VERSION_NUM and (redis.REDIS_VERSION_NUM or 0) >= 0x00080400

-- Sets all of the pairs from `first` to `last`, or none; returns whether they are set.
local function set_at_once(pairs, first, last, options)
  if not HAS_MSETEX then return false end
  local arguments = {unpack(pairs, first, last)}
  for _, option in ipairs(options) do arguments[#arguments + 1] = option end
  return redis.call('MSETEX', (last - first + 1) / 2, unpack(arguments)) == 1
end

-- Sets string keys, given as key, value, key, value ..., that all expire after so many ms ('' for never).
-- With `only` 'NX' a key that is there is left alone. Returns the set of those that were.
local function set_many(pairs, expiry_ms, only)
  local there = {}
  if #pairs == 0 then return there end
  local options = {only}
  if expiry_ms ~= '' then
    options[#options + 1] = 'PX'
    options[#options + 1] = expiry_ms
  end
  for first = 1, #pairs, CHUNK do
    local last = math.min(first + CHUNK - 1, #pairs)
    if not set_at_once(pairs, first, last, options) then
      for i = first, last, 2 do
        if not redis.call('SET', pairs[i], pairs[i + 1], unpack(options)) then there[pairs[i]] = true end
      end
    end
  end
  return there
end

-- Takes back a try that does not count.
local function take_back_try(id)
  local tries = count_of(value_of(RETRY .. id))
  if tries > 0 then redis.call('SET', RETRY .. id, ms(tries - 1), 'KEEPTTL') end
end

local most_events

-- Adds one event to the log; a log capped at 0 is off. It is kept longer for a recorder that has to read it.
local function add_event(events, cap, event, job_id, queue, data)
  if cap == '0' then return '0-0' end
  most_events = most_events or ms(math.max(tonumber(cap), count_of(value_of(LOG_HARD_CAP))))
  return redis.call('XADD', events, 'MAXLEN', '~', most_events, '*',
    'event', event, 'job_id', job_id, 'queue', queue, 'data', data)
end

-- Counts jobs by outcome. A count that is none begins anew.
local function count_outcome(counters, outcome, jobs)
  local counted = redis.pcall('HINCRBY', counters, outcome, jobs)
  if type(counted) == 'table' and counted.err then redis.pcall('HSET', counters, outcome, jobs) end
end

-- Takes the marks of an abort off jobs.
local function unmark(aborts, arq_aborts, ids)
  if redis.call('EXISTS', aborts, arq_aborts) == 0 then return end
  call_many('ZREM', aborts, ids)
  call_many('ZREM', arq_aborts, ids)
end

-- Tells the workers something. A user of Redis may lack the channel; what is told is also found without it.
local function tell(channel, message)
  redis.pcall('PUBLISH', channel, message)
end

-- Wakes the idle workers of a queue; the token in `signal` sets off the claim of one that sent it beforehand.
local SIGNAL_EXPIRY_MS = 60000
local function wake_all(idle, channel, signal)
  redis.call('DEL', idle)
  tell(channel, 'wake')
  if redis.call('LLEN', signal) == 0 then
    redis.call('RPUSH', signal, '1')
    redis.call('PEXPIRE', signal, SIGNAL_EXPIRY_MS)
  end
end

-- The same, if any asked for it since the last time.
local function wake_idle(idle, channel, signal)
  if redis.call('EXISTS', idle) == 1 then wake_all(idle, channel, signal) end
end

-- Deletes what is kept of a job that nobody runs.
local function forget(id)
  -- A plain arq worker that is about to claim the job watches this key alone: changing it stops that.
  redis.call('SET', IN_PROGRESS .. id, DONE)
  redis.call('DEL', IN_PROGRESS .. id, JOB .. id, RETRY .. id, RESULT .. id, PROGRESS .. id, LOST .. id)
end
