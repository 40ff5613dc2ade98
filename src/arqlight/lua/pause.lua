-- Pause a queue: from now on claims of arqlight's workers are handed nothing. What runs runs on.
--
-- KEYS  1 paused  2 event log
-- ARGV  1 queue name  2 log cap
-- Returns 'paused', or 'unchanged' if it was
-- Events  paused (of the queue)
local paused, events = unpack(KEYS)
local queue_name, log_cap = unpack(ARGV)
if not redis.call('SET', paused, ms(now_ms()), 'NX') then return 'unchanged' end
add_event(events, log_cap, 'paused', '', queue_name, '{}')
return 'paused'
