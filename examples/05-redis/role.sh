# The first pod leads; the others follow it.
if [ "$POD" = "redis-0" ]; then
  exec redis-server /config/redis.conf
fi
exec redis-server /config/redis.conf --replicaof "$LEADER" 6379
