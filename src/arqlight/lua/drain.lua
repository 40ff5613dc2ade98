-- Drain a worker: from now on its claims are handed nothing. What it runs runs on.
--
-- KEYS  1 draining  2 the worker's record  3 event log
-- ARGV  1 queue name  2 log cap  3 worker id
-- Returns 'draining', 'unchanged' if it was, or 'unknown' if there is no such worker
-- Events  draining (of the worker)
local draining, worker, events = unpack(KEYS)
local queue_name, log_cap, worker_id = unpack(ARGV)
if redis.call('EXISTS', worker) == 0 then return 'unknown' end
-- The worker's heartbeats keep this as long as it lives.
if not redis.call('SET', draining, ms(now_ms()), 'NX', 'EX', TRY_EXPIRY_S) then return 'unchanged' end
add_event(events, log_cap, 'draining', '', queue_name, '{"worker_id":' .. cjson.encode(worker_id) .. '}')
return 'draining'
