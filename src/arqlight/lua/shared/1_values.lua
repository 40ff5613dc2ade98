-- scripts/loading.py puts those paragraphs of this folder's files in front of a script that it uses, so an
-- empty line stands between any two definitions, and nowhere else. Before them come the key prefixes of
-- keys.py (JOB, RESULT, RETRY, IN_PROGRESS, PROGRESS, ENDED, LOST) and the name of a key, LOG_HARD_CAP.

-- Nothing that is read from Redis is believed: whatever stands in a key, a script goes on.

-- What an in-progress key holds of a job that is over, so that nobody runs it again.
local DONE = 'done'

-- Lua's stack bounds what unpack() may return.
local CHUNK = 1000

-- The last millisecond that JavaScript and Python can name.
local LAST_MS = 8.64e15

local MOST_DIGITS = 15

-- The server's clock in Unix milliseconds: due times and leases are judged by nothing else.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whole milliseconds as text: Lua would write large numbers as 1.7e+12.
local function ms(number)
  return string.format('%.0f', number)
end

-- A score as whole milliseconds, as text. A score may be infinite.
local function score_ms(score)
  return ms(math.max(0, math.min(tonumber(score), LAST_MS)))
end

-- A due time in Unix ms, of '+ms' from now, or Unix ms.
local function due_at(due, now)
  if string.sub(due, 1, 1) == '+' then return now + tonumber(string.sub(due, 2)) end
  return tonumber(due)
end

-- A counter's text as a number; what is no count is 0.
local function count_of(text)
  if text and #text <= MOST_DIGITS and string.find(text, '^%d+$') then return tonumber(text) end
  return 0
end

-- The values of many string keys, false where there is none, or something else.
local function get_many(keys)
  local values = {}
  for first = 1, #keys, CHUNK do
    local chunk = redis.call('MGET', unpack(keys, first, math.min(first + CHUNK - 1, #keys)))
    for i = 1, #chunk do values[first + i - 1] = chunk[i] end
  end
  return values
end

-- The value of a string key, false where there is none, or something else: GET would fail.
local function value_of(key)
  return redis.call('MGET', key)[1]
end

-- The keys of many jobs.
local function keys_of(prefix, ids)
  local keys = {}
  for i = 1, #ids do keys[i] = prefix .. ids[i] end
  return keys
end

-- Whether a job id is text (UTF-8), as all ids must be: each character beyond ASCII is taken for an 'x'.
local function is_text(id)
  if not string.find(id, '[\128-\255]') then return true end
  local NEXT = '[\128-\191]'
  for _, character in ipairs({
    '[\194-\223]' .. NEXT,
    '\224[\160-\191]' .. NEXT,
    '[\225-\236\238\239]' .. NEXT .. NEXT,
    '\237[\128-\159]' .. NEXT,
    '\240[\144-\191]' .. NEXT .. NEXT,
    '[\241-\243]' .. NEXT .. NEXT .. NEXT,
    '\244[\128-\143]' .. NEXT .. NEXT,
  }) do
    id = string.gsub(id, character, 'x')
  end
  return not string.find(id, '[\128-\255]')
end

-- The type of a key: 'zset', 'hash', 'none' ...
local function type_of(key)
  return redis.call('TYPE', key).ok
end

-- What is wrong with a key that is there and is of another type than it has to be; false if nothing is.
local function not_a(key, kind)
  local found = type_of(key)
  if found == 'none' or found == kind then return false end
  return 'WRONGTYPE the key ' .. key .. ' has to be a ' .. kind .. ', and is a ' .. found
end
