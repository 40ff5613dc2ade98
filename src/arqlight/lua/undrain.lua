-- Let a worker that was drained claim again, and wake it.
--
-- KEYS  1 draining  2 event log  3 idle flag  4 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 worker id
-- Returns 'undrained', or 'unchanged' if it was not draining
-- Events  undrained (of the worker)
local draining, events, idle, signal = unpack(KEYS)
local queue_name, channel, log_cap, worker_id = unpack(ARGV)
if redis.call('DEL', draining) == 0 then return 'unchanged' end
add_event(events, log_cap, 'undrained', '', queue_name, '{"worker_id":' .. cjson.encode(worker_id) .. '}')
wake_all(idle, channel, signal)
return 'undrained'
