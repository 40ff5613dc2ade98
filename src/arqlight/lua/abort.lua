-- Abort a job: one that waits ends here and now, one that runs is marked and its worker told.
--
-- KEYS  1 queue  2 event log  3 aborts  4 arq's aborts  5 counters  6 running
-- ARGV  1 queue name  2 wake channel  3 log cap  4 job id  5 result record  6 its expiry in ms
--       7 the event's JSON without its closing brace
-- Returns 'finished', 'requested', 'aborted' or 'unknown'
-- Events  aborted
local id = ARGV[4]
if redis.call('EXISTS', RESULT .. id) == 1 then return 'finished' end
local now = ms(now_ms())
local holder = redis.call('GET', IN_PROGRESS .. id)
if holder and holder ~= 'done' then
  redis.call('ZADD', KEYS[3], now, id)
  redis.call('EXPIRE', KEYS[3], 3600)
  redis.call('ZADD', KEYS[4], now, id)
  tell(ARGV[2], 'abort')
  return 'requested'
end
if not redis.call('ZSCORE', KEYS[1], id) then return 'unknown' end
redis.call('ZREM', KEYS[1], id)
-- A plain arq worker that is about to claim the job watches this key alone: changing it stops that.
redis.call('SET', IN_PROGRESS .. id, 'done')
redis.call('DEL', IN_PROGRESS .. id)
redis.call('HDEL', KEYS[6], id)
-- Marks of an abort that was asked while a worker ran it, which is gone.
redis.call('ZREM', KEYS[3], id)
redis.call('ZREM', KEYS[4], id)
redis.call('DEL', JOB .. id, RETRY .. id, PROGRESS .. id)
redis.call('SET', RESULT .. id, ARGV[5], 'PX', ARGV[6])
redis.call('HINCRBY', KEYS[5], 'aborted', 1)
add_event(KEYS[2], ARGV[3], 'aborted', id, ARGV[1], ARGV[7] .. ',"finish_ms":' .. now .. '}')
return 'aborted'
