-- KEYS[1]: where the start stands; KEYS[2]: the entry; KEYS[3]: the room of its kind. The entry and the room carry the
-- epoch behind their names, so that nothing of before the start is found.
-- ARGV[1]: now, in milliseconds; ARGV[2]: which run of the server the caller is connected to; ARGV[3]: a fresh epoch.
local now = tonumber(ARGV[1])
local start = redis.call('HMGET', KEYS[1], 'epoch', 'at', 'run')
local epoch, began = start[1], start[2]
if not epoch or start[3] ~= ARGV[2] then
    epoch, began = ARGV[3], ARGV[1]
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'at', began, 'run', ARGV[2])
end

-- An entry is stored as the moment it is over, a colon, and its value.
local function alive(key)
    local stored = redis.call('GET', key)
    if not stored then
        return nil
    end
    local colon = string.find(stored, ':', 1, true)
    local over = string.sub(stored, 1, colon - 1)
    if tonumber(over) <= now then
        return nil
    end
    return string.sub(stored, colon + 1), over
end

-- Stores a new entry, unless too much of its kind was stored in the last few seconds.
local function store(key, value, over, life, window, most)
    local room = KEYS[3] .. '@' .. epoch
    local bytes = redis.call('INCRBY', room, #key + #value + 64)
    if redis.call('PTTL', room) < 0 then
        redis.call('PEXPIRE', room, window)
    end
    if bytes > tonumber(most) then
        return false
    end
    redis.call('SET', key, over .. ':' .. value, 'PX', life)
    return true
end

