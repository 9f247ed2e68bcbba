-- ARGV[5]…ARGV[8] as in put. Gives the count, or 0 if full.
local key = KEYS[2] .. '@' .. epoch
local count, over = alive(key)
if count then
    count = string.format('%d', tonumber(count) + 1)
    redis.call('SET', key, over .. ':' .. count, 'KEEPTTL')
    return tonumber(count)
end
return store(key, '1', ARGV[5], ARGV[6], ARGV[7], ARGV[8]) and 1 or 0
