package config

import (
	"fmt"
	"net/url"

	"wenyuan/gateway"
)

// automatic says that the program chooses.
const automatic = "auto"

// Caching is how answers are kept, as the gateway takes it.
func (e *Effective) Caching() gateway.Caching {
	c := e.Gateway.Cache
	out := gateway.Caching{Memory: int64(c.Memory), Share: c.Share, Keep: c.Keep, Shared: c.Shared}
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
	switch {
	case k.Share < 1 || k.Share > 100:
		c.bad("gateway.cache.share", fmt.Sprintf("is %d: want 1 to 100 percent", k.Share))
	case k.Keep < 0:
		c.bad("gateway.cache.keep", "is below zero")
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
	u, err := url.Parse(c.e.env(k.RedisEnv))
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" {
		c.bad("gateway.cache.redis_env", fmt.Sprintf("the environment variable %s holds no address such as redis://:PASSWORD@HOST:6379/0, or rediss:// with TLS", k.RedisEnv))
	}
}

// queue looks at who may wait before a model, and at how replicas are compared.
func (c checker) queue() {
	q, d := c.e.Gateway.Queue, c.e.Gateway.Drift
	if q.Places < -1 || q.Places == 0 || q.Places > mostPlaces {
		c.bad("gateway.queue.places", fmt.Sprintf("is %d: want 1 to %d, or -1 where nobody is to wait", q.Places, mostPlaces))
	}
	if q.Wait <= 0 {
		c.bad("gateway.queue.wait", "has to be over zero, such as 1m")
	}
	if d.Every < -1 || d.Every == 0 {
		c.bad("gateway.drift.every", fmt.Sprintf("is %d: want a number from 1, or -1 for none", d.Every))
	}
	if d.Minute < 1 {
		c.bad("gateway.drift.minute", fmt.Sprintf("is %d: want a number from 1", d.Minute))
	}
}

// mostPlaces is how many may wait before one model: each holds a connection.
const mostPlaces = 1_000_000
