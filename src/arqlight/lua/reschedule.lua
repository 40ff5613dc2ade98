-- Give running jobs back to the queue: for another try, or uncharged by a worker that stops. Fenced.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 held (see finish.lua)
--       then 7 for each job: id, holder, try, delay in ms, '1' to take back the try, event,
--       the event's JSON without its closing brace
-- Returns the ids whose lease was lost
-- Events  retrying, released
local FIRST, WIDTH = 5, 7
local now = now_ms()
local holder_keys = {}
for i = FIRST, #ARGV, WIDTH do holder_keys[#holder_keys + 1] = IN_PROGRESS .. ARGV[i] end
local holders = get_many(holder_keys)
local lost, ids, scores, dead_keys = {}, {}, {}, {}
for i = FIRST, #ARGV, WIDTH do
  local id = ARGV[i]
  local current = holders[(i - FIRST) / WIDTH + 1]
  if lease_state(current, ARGV[i + 1], KEYS[1], KEYS[4], id, ARGV[i + 2], ARGV[4]) ~= 'lost' then
    local due = ms(now + ARGV[i + 3])
    scores[#scores + 1] = due
    scores[#scores + 1] = id
    ids[#ids + 1] = id
    dead_keys[#dead_keys + 1] = IN_PROGRESS .. id
    dead_keys[#dead_keys + 1] = PROGRESS .. id
    if ARGV[i + 4] == '1' and redis.call('EXISTS', RETRY .. id) == 1 then redis.call('DECR', RETRY .. id) end
    add_event(KEYS[2], ARGV[3], ARGV[i + 5], id, ARGV[1], ARGV[i + 6] .. ',"due_ms":' .. due .. '}')
  else
    lost[#lost + 1] = id
  end
end
if #ids > 0 then
  call_many('DEL', nil, dead_keys)
  call_many('ZADD', KEYS[1], scores)
  call_many('HDEL', KEYS[4], ids)
  wake_idle(KEYS[3], ARGV[2], KEYS[5])
end
return lost
