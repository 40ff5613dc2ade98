-- Give back, uncharged, the jobs that a worker was handed without learning of it: a claim whose reply was lost
-- with the connection.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 worker id, then the ids of the jobs that it knows to be its own
-- Returns how many were given back
-- Events  released
local now = ms(now_ms())
local known = {}
for i = 5, #ARGV do known[ARGV[i]] = true end
local runners = redis.call('HGETALL', KEYS[4])
local returned = 0
for i = 1, #runners, 2 do
  local id = runners[i]
  if string.match(runners[i + 1], '^[^:]*') == ARGV[4] and not known[id] then
    local holder = redis.call('GET', IN_PROGRESS .. id)
    local ours
    if holder then
      ours = string.sub(holder, 1, #ARGV[4] + 1) == ARGV[4] .. ':'
    else
      local job_try = string.match(runners[i + 1], '[^:]*$')
      ours = lease_state(holder, ARGV[4] .. ':', KEYS[1], KEYS[4], id, job_try, '0') == 'lapsed'
    end
    redis.call('HDEL', KEYS[4], id)
    if ours then
      redis.call('DEL', IN_PROGRESS .. id)
      redis.call('ZADD', KEYS[1], 'XX', now, id)
      local job_try = redis.call('DECR', RETRY .. id) + 1
      add_event(KEYS[2], ARGV[3], 'released', id, ARGV[1],
        '{"job_try":' .. job_try .. ',"worker_id":"' .. ARGV[4] .. '","due_ms":' .. now .. '}')
      returned = returned + 1
    end
  end
end
if returned > 0 then wake_idle(KEYS[3], ARGV[2], KEYS[5]) end
return returned
