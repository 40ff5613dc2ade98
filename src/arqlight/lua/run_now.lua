-- Make jobs due that wait for a later time, or for their next try.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 signal
-- ARGV  1 queue name  2 wake channel  3 log cap, then the job ids
-- Returns for each job 'due_now' (also if it was due), 'running', 'finished' or 'unknown'
-- Events  due_now
local queue, events, idle, signal = unpack(KEYS)
local queue_name, channel, log_cap = unpack(ARGV, 1, 3)
local FIRST = 4
local now = now_ms()
local moved = false

local function make_due(id)
  if is_running(id) then return 'running' end
  local score = redis.call('ZSCORE', queue, id)
  if not score then return has_ended(id) and 'finished' or 'unknown' end
  if tonumber(score) > now then
    redis.call('ZADD', queue, ms(now), id)
    add_event(events, log_cap, 'due_now', id, queue_name, '{"due_ms":' .. ms(now) .. '}')
    moved = true
  end
  return 'due_now'
end

local answers = {}
for i = FIRST, #ARGV do answers[#answers + 1] = make_due(ARGV[i]) end
if moved then wake_idle(idle, channel, signal) end
return answers
