-- Read the state of jobs, all as of one event of the log. Writes nothing.
--
-- KEYS  1 queue  2 event log
-- ARGV  1 how many bytes of each record at most, then the job ids
-- Returns {last event id, server ms, then for each job {result's head, result's size, record's head,
--         record's size, holder, score, try, progress}, '' where there is none}
local queue, events = unpack(KEYS)
local most = tonumber(ARGV[1])
local FIRST = 2
-- What an in-progress key holds is far shorter, and so is what a progress reports.
local MOST_HOLDER, MOST_PROGRESS = 256, 100000

-- The beginning of a string key of that many bytes, and its whole size. What is no string is not there.
local function head(key, bytes)
  local size = redis.pcall('STRLEN', key)
  if type(size) ~= 'number' or size == 0 then return '', 0 end
  if size <= bytes then return redis.call('GET', key), size end
  return redis.call('GETRANGE', key, 0, bytes - 1), size
end

local function state(id)
  local result, result_size = head(RESULT .. id, most)
  local record, record_size = '', 0
  if result_size == 0 then record, record_size = head(JOB .. id, most) end
  local holder = head(IN_PROGRESS .. id, MOST_HOLDER)
  -- A queue or a log of another type holds no job, and no event.
  local score = redis.pcall('ZSCORE', queue, id)
  local tries = count_of(value_of(RETRY .. id))
  local progress = head(PROGRESS .. id, MOST_PROGRESS)
  return {
    result, result_size, record, record_size, holder, type(score) == 'string' and score_ms(score) or '',
    ms(tries), progress,
  }
end

local last = redis.pcall('XREVRANGE', events, '+', '-', 'COUNT', 1)[1]
local reply = {last and last[1] or '0-0', ms(now_ms())}
for i = FIRST, #ARGV do reply[#reply + 1] = state(ARGV[i]) end
return reply
