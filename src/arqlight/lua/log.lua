-- Log lines that the functions of jobs have logged. Not fenced: what was said was said, and the last lines of a
-- try may come after its end.
--
-- KEYS  1 event log
-- ARGV  1 queue name  2 log cap
--       then 2 for each job: id, the lines as the event's JSON
-- Returns nothing
-- Events  log
local events = KEYS[1]
local queue_name, log_cap = unpack(ARGV, 1, 2)
local FIRST, WIDTH = 3, 2

for i = FIRST, #ARGV, WIDTH do
  add_event(events, log_cap, 'log', ARGV[i], queue_name, ARGV[i + 1])
end
