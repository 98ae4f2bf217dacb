package config

import (
	"fmt"
	"net/url"
	"time"

	"wenyuan/gateway"
	"wenyuan/gateway/pool"
)

// automatic says that the program chooses.
const automatic = "auto"

// Caching is how answers are kept, as the gateway takes it.
func (e *Effective) Caching() gateway.Caching {
	c := e.Gateway.Cache
	out := gateway.Caching{Memory: int64(c.Memory), Share: c.Share, Keep: time.Duration(c.Keep), Shared: c.Shared}
	if out.Keep == 0 {
		out.Keep = -1
	}
	if c.Shared == automatic {
		out.Shared = ""
	}
	if out.Memory == 0 {
		out.Memory = -1 // none, as the file says
	}
	if c.Shared == gateway.SharedRedis {
		out.Redis = gateway.Secret(e.Secret(c.RedisEnv))
	}
	return out
}

// cache looks at where answers are kept.
func (c checker) cache() {
	k := c.e.Gateway.Cache
	if k.Share > 100 {
		c.bad("gateway.cache.share", fmt.Sprintf("is %d: want 1 to 100 percent", k.Share))
	}
	if !(k.WrongHits > 0 && k.WrongHits < 1) {
		c.bad("gateway.cache.wrong_hits", fmt.Sprintf("is %g: want a share over 0 and below 1, such as 0.01", k.WrongHits))
	}
	if k.Shared != gateway.SharedRedis {
		if k.RedisEnv != "" && k.Shared != automatic {
			c.bad("gateway.cache.redis_env", "is given, but gateway.cache.shared is not redis")
		}
		return
	}
	if k.RedisEnv == "" {
		c.bad("gateway.cache.redis_env", "is missing: name the environment variable with the address of Redis or Valkey")
		return
	}
	if c.e.away {
		return
	}
	u, err := url.Parse(c.e.env(k.RedisEnv))
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" {
		c.bad("gateway.cache.redis_env", fmt.Sprintf("the environment variable %s holds no address such as redis://:PASSWORD@HOST:6379/0, or rediss:// with TLS", k.RedisEnv))
	}
}

// The pauses in the middle of an answer that may be set: under a second a busy machine pauses by itself.
const (
	leastPause = time.Second
	mostPause  = 10 * time.Minute
)

// queue looks at how many may wait before a model, at how many at once each replica is given, and at how long an
// answer may stand still.
func (c checker) queue() {
	if n := c.e.Gateway.Limit; n > pool.MaxLimit {
		c.bad("gateway.limit", fmt.Sprintf("is %d: want at most %d", n, pool.MaxLimit))
	}
	if d := c.e.Gateway.Pause; d < leastPause || d > mostPause {
		c.bad("gateway.pause", fmt.Sprintf("is %s: want %s to %s", d, leastPause, mostPause))
	}
	if n := c.e.Gateway.Queue.Places; n > mostPlaces {
		c.bad("gateway.queue.places", fmt.Sprintf("is %d: want at most %d", n, mostPlaces))
	}
}

// mostPlaces is how many may wait before one model: each holds a connection.
const mostPlaces = 1_000_000
