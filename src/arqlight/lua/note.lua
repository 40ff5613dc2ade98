-- Log an event of a running job that changes nothing of its state. Fenced.
--
-- KEYS  1 event log
-- ARGV  1 queue name  2 log cap  3 job id  4 holder  5 event  6 the event's JSON
-- Returns nothing
-- Events  abort_ignored
local events = KEYS[1]
local queue_name, log_cap, id, holder, event, data = unpack(ARGV)
if value_of(IN_PROGRESS .. id) == holder then
  add_event(events, log_cap, event, id, queue_name, data)
end
