-- Record how far running jobs are. Fenced: a job whose lease is lost reports nothing.
--
-- KEYS  1 event log
-- ARGV  1 queue name  2 log cap  3 expiry of the progress in ms
--       then 3 for each job: id, holder, the progress as the event's JSON
-- Returns how many were recorded
-- Events  progress
local FIRST, WIDTH = 4, 3
local recorded = 0
for i = FIRST, #ARGV, WIDTH do
  if redis.call('GET', IN_PROGRESS .. ARGV[i]) == ARGV[i + 1] then
    redis.call('SET', PROGRESS .. ARGV[i], ARGV[i + 2], 'PX', ARGV[3])
    add_event(KEYS[1], ARGV[2], 'progress', ARGV[i], ARGV[1], ARGV[i + 2])
    recorded = recorded + 1
  end
end
return recorded
