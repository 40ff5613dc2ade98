-- Record how far running jobs are. Fenced: a job whose lease is lost reports nothing.
--
-- KEYS  1 event log
-- ARGV  1 queue name  2 log cap  3 expiry of the progress in ms
--       then 3 for each job: id, holder, the progress as the event's JSON
-- Returns how many were recorded
-- Events  progress
local events = KEYS[1]
local queue_name, log_cap, expiry_ms = unpack(ARGV, 1, 3)
local FIRST, WIDTH = 4, 3

local recorded = 0
for i = FIRST, #ARGV, WIDTH do
  local id, holder, progress = unpack(ARGV, i, i + WIDTH - 1)
  if value_of(IN_PROGRESS .. id) == holder then
    redis.call('SET', PROGRESS .. id, progress, 'PX', expiry_ms)
    add_event(events, log_cap, 'progress', id, queue_name, progress)
    recorded = recorded + 1
  end
end
return recorded
