-- Put in front of every script by scripts/, which also defines the key prefixes JOB, RESULT, RETRY,
-- IN_PROGRESS, PROGRESS (from keys.py). Nothing here is a script of its own.

-- Lua's stack bounds what unpack() may return.
local CHUNK = 1000
-- For how long what is known of a try outlives the last sign of life of it; arq's number.
local TRY_EXPIRY_S = 88400

-- The server's clock in Unix milliseconds: due times and leases are judged by nothing else.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whole milliseconds as text: Lua would write large numbers as 1.7e+12.
local function ms(number)
  return string.format('%.0f', number)
end

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

-- Sets string keys, given as key, value, key, value ..., that all expire after so many ms ('' for never).
local function set_many(values, expiry_ms)
  if expiry_ms == '' then return call_many('MSET', nil, values) end
  if not HAS_MSETEX then
    for i = 1, #values, 2 do redis.call('SET', values[i], values[i + 1], 'PX', expiry_ms) end
    return
  end
  for first = 1, #values, CHUNK do
    local last = math.min(first + CHUNK - 1, #values)
    local chunk = {unpack(values, first, last)}
    chunk[#chunk + 1] = 'PX'
    chunk[#chunk + 1] = expiry_ms
    redis.call('MSETEX', (last - first + 1) / 2, unpack(chunk))
  end
end

-- The values of many string keys, false where there is none.
local function get_many(keys)
  local values = {}
  for first = 1, #keys, CHUNK do
    local chunk = redis.call('MGET', unpack(keys, first, math.min(first + CHUNK - 1, #keys)))
    for i = 1, #chunk do values[first + i - 1] = chunk[i] end
  end
  return values
end

-- Adds one event to the log; a log capped at 0 is off.
local function add_event(events, cap, event, job_id, queue, data)
  if cap == '0' then return '0-0' end
  return redis.call('XADD', events, 'MAXLEN', '~', cap, '*',
    'event', event, 'job_id', job_id, 'queue', queue, 'data', data)
end

-- Tells the workers something. A user of Redis may lack the channel; what is told is also found without it.
local function tell(channel, message)
  redis.pcall('PUBLISH', channel, message)
end

-- Wakes the idle workers of a queue, if any asked for it since the last time; the token in `signal` sets off
-- the claim of one that sent it beforehand.
local function wake_idle(idle, channel, signal)
  if redis.call('DEL', idle) == 0 then return end
  tell(channel, 'wake')
  if redis.call('LLEN', signal) == 0 then
    redis.call('RPUSH', signal, '1')
    redis.call('PEXPIRE', signal, 60000)
  end
end

-- How a try's lease stands whose in-progress key holds `current`:
-- 'held'       by `holder`
-- 'lapsed'     but nobody took the job over, nor gave it up: our own claims and ends change `running`, and every
--              claim, arq's too, increments the try counter
-- 'forgotten'  Redis knows nothing of the job any more, but by the worker's own clock (`held`) the lease stands
-- 'lost'       otherwise
local function lease_state(current, holder, queue, running, job_id, job_try, held)
  if current then return current == holder and 'held' or 'lost' end
  local in_queue = redis.call('ZSCORE', queue, job_id)
  local tries = redis.call('GET', RETRY .. job_id)
  if in_queue then
    local runner = redis.call('HGET', running, job_id)
    local ours = runner == string.match(holder, '^[^:]+') .. ':' .. job_try
    return ours and tries == job_try and 'lapsed' or 'lost'
  end
  if tries or held ~= '1' or redis.call('EXISTS', RESULT .. job_id, JOB .. job_id) > 0 then return 'lost' end
  return 'forgotten'
end
