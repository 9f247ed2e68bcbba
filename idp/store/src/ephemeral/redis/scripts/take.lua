local key = KEYS[2] .. '@' .. epoch
local value = alive(key)
redis.call('DEL', key)
return value
