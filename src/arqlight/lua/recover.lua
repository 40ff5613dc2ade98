-- Give back, uncharged, the jobs that a worker was handed without learning of it: a claim whose reply was lost
-- with the connection.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 worker id, then the ids of the jobs that it knows to be its own
-- Returns how many were given back
-- Events  released
local queue, events, idle, running, signal = unpack(KEYS)
local queue_name, channel, log_cap, worker_id = unpack(ARGV, 1, 4)
local FIRST_KNOWN = 5
local now = ms(now_ms())

local known = {}
for i = FIRST_KNOWN, #ARGV do known[ARGV[i]] = true end

-- Whether the lease of a try that this worker was handed is still good for something.
local function is_ours(id, job_try)
  local holder = value_of(IN_PROGRESS .. id)
  if holder then return string.sub(holder, 1, #worker_id + 1) == worker_id .. ':' end
  return lease_state(holder, worker_id .. ':', queue, running, id, job_try, '0') == 'lapsed'
end

local function give_back(id, job_try)
  redis.call('DEL', IN_PROGRESS .. id)
  redis.call('ZADD', queue, 'XX', now, id)
  take_back_try(id)
  add_event(events, log_cap, 'released', id, queue_name,
    '{"job_try":' .. job_try .. ',"worker_id":"' .. worker_id .. '","due_ms":' .. now .. '}')
end

local runners = redis.call('HGETALL', running)
local returned = 0
for i = 1, #runners, 2 do
  local id = runners[i]
  local runner, job_try = string.match(runners[i + 1], '^([^:]*):(%d+)$')
  if runner == worker_id and not known[id] then
    local ours = is_ours(id, job_try)
    redis.call('HDEL', running, id)
    if ours then
      give_back(id, job_try)
      returned = returned + 1
    end
  end
end
if returned > 0 then wake_idle(idle, channel, signal) end
return returned
