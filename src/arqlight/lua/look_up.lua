-- Read the state of jobs, all as of one event of the log. Writes nothing.
--
-- KEYS  1 queue  2 event log
-- ARGV  1 how many bytes of each record at most, then the job ids
-- Returns {last event id, server ms, then for each job {result's head, result's size, record's head,
--         record's size, holder, score, try, progress}, '' where there is none}
local most = tonumber(ARGV[1])

local function head(key)
  local size = redis.call('STRLEN', key)
  if size == 0 then return '', 0 end
  if size <= most then return redis.call('GET', key), size end
  return redis.call('GETRANGE', key, 0, most - 1), size
end

local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local reply = {last and last[1] or '0-0', ms(now_ms())}
for i = 2, #ARGV do
  local id = ARGV[i]
  local result, result_size = head(RESULT .. id)
  local record, record_size = '', 0
  if result_size == 0 then record, record_size = head(JOB .. id) end
  reply[#reply + 1] = {
    result, result_size, record, record_size,
    redis.call('GET', IN_PROGRESS .. id) or '',
    redis.call('ZSCORE', KEYS[1], id) or '',
    redis.call('GET', RETRY .. id) or '',
    redis.call('GET', PROGRESS .. id) or '',
  }
end
return reply
