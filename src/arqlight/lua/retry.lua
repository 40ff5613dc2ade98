-- Run a complete job again: same id, a record that was made of its result, or of what was asked for in its
-- place; its tries counted from the start.
--
-- KEYS  1 queue  2 event log  3 idle flag  4 running  5 aborts  6 arq's aborts  7 signal
-- ARGV  1 queue name  2 wake channel  3 log cap  4 job id  5 record  6 its expiry in ms
--       7 SHA-1 of the beginning of the result that the record was made of  8 how many bytes that are
--       9 the event's JSON without its closing brace  10 due ('+ms' from now, or Unix ms)
-- Returns 'enqueued', 'not_finished', 'unknown', or 'changed' if there is another result meanwhile
-- Events  enqueued
local queue, events, idle, running, aborts, arq_aborts, signal = unpack(KEYS)
local queue_name, channel, log_cap, id, record, expiry_ms, digest, digested, data, due = unpack(ARGV)
-- Before anything is written: what was stays when a script fails midway, and the result would be gone.
local fault = not_a(queue, 'zset') or not_a(running, 'hash') or log_cap ~= '0' and not_a(events, 'stream')
if fault then return redis.error_reply(fault) end
if is_running(id) or redis.call('EXISTS', JOB .. id) == 1 then return 'not_finished' end
if redis.call('EXISTS', RESULT .. id) == 0 then
  return redis.call('ZSCORE', queue, id) and 'not_finished' or 'unknown'
end
local head = redis.call('GETRANGE', RESULT .. id, 0, digested - 1)
if redis.sha1hex(head) ~= digest then return 'changed' end
local due_ms = due_at(due, now_ms())
redis.call('SET', JOB .. id, record, 'PX', expiry_ms)
redis.call('DEL', RESULT .. id, RETRY .. id, PROGRESS .. id, IN_PROGRESS .. id, ENDED .. id)
redis.call('ZADD', queue, ms(due_ms), id)
redis.call('HDEL', running, id)
unmark(aborts, arq_aborts, {id})
add_event(events, log_cap, 'enqueued', id, queue_name, data .. ',"due_ms":' .. ms(due_ms) .. '}')
wake_idle(idle, channel, signal)
return 'enqueued'
