-- Log an event of a running job that changes nothing of its state. Fenced.
--
-- KEYS  1 event log
-- ARGV  1 queue name  2 log cap  3 job id  4 holder  5 event  6 the event's JSON
-- Returns nothing
-- Events  abort_ignored
if redis.call('GET', IN_PROGRESS .. ARGV[3]) == ARGV[4] then
  add_event(KEYS[1], ARGV[2], ARGV[5], ARGV[3], ARGV[1], ARGV[6])
end
