-- Resume a queue that was paused, and wake its workers.
--
-- KEYS  1 paused  2 event log  3 idle flag  4 signal
-- ARGV  1 queue name  2 wake channel  3 log cap
-- Returns 'resumed', or 'unchanged' if it was not paused
-- Events  resumed (of the queue)
local paused, events, idle, signal = unpack(KEYS)
local queue_name, channel, log_cap = unpack(ARGV)
if redis.call('DEL', paused) == 0 then return 'unchanged' end
add_event(events, log_cap, 'resumed', '', queue_name, '{}')
wake_all(idle, channel, signal)
return 'resumed'
