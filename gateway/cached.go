package gateway

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway/cache"
	"wenyuan/gateway/cache/redis"
	"wenyuan/gateway/cache/table"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/limit"
	"wenyuan/store"
)

// Caching is how answers of models are kept.
type Caching struct {
	Memory int64         // bytes that they may take here; 0: [DefaultMemory], below 0: none are kept
	Share  int           // of it, in percent, that one space may take; 0: all of it, as long as no other one wants its part
	Keep   time.Duration // how long an answer of a plain model may be given again; 0: [DefaultKeep], below 0: it is only shared with those that come meanwhile
	Shared string        // where all servers of the house look: [SharedDatabase], [SharedRedis] or [SharedOff]; "" as it suits
	Redis  Secret        // address of the server of SharedRedis, with its password

	// Alive says whether a scope sees now every one of the documents, in exactly that revision; nil:
	// what was made from documents is neither kept nor shared.
	Alive func(ctx context.Context, sc scope.Scope, made []manner.Made) (bool, error)
}

// DefaultKeep is how long an answer of a plain model may be given again.
const DefaultKeep = 10 * time.Minute

// DefaultMemory is how many bytes of answers are kept in memory.
const DefaultMemory = 64 << 20

// Where all servers of a house look for answers.
const (
	SharedDatabase = "database" // what suits where several servers share one database
	SharedRedis    = "redis"
	SharedOff      = "off" // what suits where there is one server
)

// toldEvery is how often a server asks what the others have purged.
const toldEvery = time.Second

// A caching is the cache with what is closed after it.
type caching struct {
	*cache.Cache
	redis  *redis.Redis // nil: there is none
	shares bool         // there is a shared level
}

// openCache opens the cache.
func (m *Models) openCache() (out caching, err error) {
	k := m.c.Cache
	c := cache.Config{Memory: k.Memory, Share: k.Share, Alike: m.alike, Alive: k.Alive, Forgot: m.forgot, Log: m.c.Log}
	switch {
	case c.Memory == 0:
		c.Memory = DefaultMemory
	case c.Memory < 0:
		c.Memory = 0
	}
	several := m.c.Store != nil && m.c.Store.Shared()
	switch k.Shared {
	case SharedRedis:
		if m.c.Store == nil {
			return out, errNoStore
		}
		rc := redis.Config{URL: string(k.Redis)}
		if rc.Secret, err = table.Secret(m.life, m.c.Store); err != nil {
			return out, err
		}
		if out.redis, err = redis.Open(rc); err != nil {
			return out, err
		}
		c.Shared = out.redis
	case SharedDatabase:
		if m.c.Store == nil {
			return out, errNoStore
		}
		c.Shared = table.Open(m.c.Store, 0)
	case "":
		if several {
			c.Shared = table.Open(m.c.Store, 0)
		}
	}
	out.shares = c.Shared != nil
	out.Cache = cache.Open(c)
	if several {
		m.comparing.Go(func() { out.listen(m.life, m.c.Store, m.c.Log) })
	}
	return out, nil
}

var errNoStore = &wenyuan.Error{Code: wenyuan.Invalid, Message: "answers are to be shared by several servers, and there is no database", Hint: "leave out gateway.cache.shared"}

// close lets go of what the cache holds.
func (c caching) close() {
	c.Cache.Close()
	if c.redis != nil {
		c.redis.Close()
	}
}

// listen forgets what other servers of the house have purged.
func (c caching) listen(ctx context.Context, s *store.Store, log *slog.Logger) {
	_, last, err := table.Told(ctx, s, -1)
	known := err == nil
	ticker := time.NewTicker(toldEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		all, now, err := table.Told(ctx, s, last)
		if err != nil {
			if ctx.Err() == nil {
				log.Warn("what other servers have purged could not be read", "reason", err)
			}
			continue
		}
		if last = now; !known {
			known, all = true, []cache.Purge{{}} // what was missed is not known
		}
		for _, p := range all {
			c.Forget(p)
		}
	}
}

// Purge forgets answers that are kept: for an owner those of the scope's space, for an operator also
// those of the house, where the purge names no space. Other servers of the house forget them within a
// second; that an answer was made from a document that has changed needs no purge.
func (m *Models) Purge(ctx context.Context, sc scope.Scope, p cache.Purge) (int64, error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	switch {
	case p.Space == "" && !sc.May(scope.Operate):
		return 0, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an operator may purge the cache of the whole house", Hint: "name a space that you own"}
	case p.Space != "" && !sc.May(scope.Operate) && (p.Space != sc.Space() || !sc.May(scope.Own)):
		return 0, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an owner of the space may purge its cache", Hint: "ask an owner of the space, or an operator"}
	}
	if m.c.Store != nil {
		err := m.c.Store.Write(ctx, func(tx *store.Tx) error {
			detail := map[string]any{}
			if p.Kind != "" {
				detail["kind"] = p.Kind
			}
			if err := audit.Append(ctx, tx, audit.Act{Space: p.Space, Action: "cache.purge", Object: p.Name, Detail: detail}); err != nil {
				return err
			}
			return table.Tell(ctx, tx, p)
		})
		if err != nil {
			return 0, err
		}
	}
	n, err := m.cache.Purge(ctx, p)
	if m.cache.shares {
		m.tell(ctx, p) // once more: they may have read the shared level before it was purged
	}
	return n, err
}

// tell has the other servers of the house forget what a purge is about.
func (m *Models) tell(ctx context.Context, p cache.Purge) {
	if m.c.Store == nil {
		return
	}
	if err := m.c.Store.Write(ctx, func(tx *store.Tx) error { return table.Tell(ctx, tx, p) }); err != nil {
		m.c.Log.Warn("other servers could not be told to forget answers that are kept; these end by themselves", "reason", err)
	}
}

// forgetAnswers is Purge for what is erased, of which no copy may be left on any server: in the memory
// of this one when it returns, in that of the others and in the shared level soon after, because there
// every answer may have to be looked at.
func (m *Models) forgetAnswers(p cache.Purge) {
	m.cache.Forget(p)
	m.tell(m.life, p)
	if !m.cache.shares {
		return
	}
	m.behind(func() {
		if _, err := m.cache.Purge(m.life, p); err != nil {
			m.c.Log.Warn("the shared cache could not be purged; what is in it ends by itself", "reason", err)
		}
		m.tell(m.life, p)
	})
}

// KeepsNothing is why no answer of an assistant, or of a plain model, is kept in this house; "" where it
// is for the assistant or the request alone to say.
func (m *Models) KeepsNothing(assistant bool) string {
	switch {
	case m.c.Cache.Memory < 0 && !m.cache.shares:
		return "there is no cache: gateway.cache.memory is 0, and no level is shared"
	case !assistant && m.Keep() <= 0:
		return "answers of plain models are not kept: gateway.cache.keep is 0"
	}
	return ""
}

// Warms writes down that somebody has a list asked, so that the answers are kept.
func (m *Models) Warms(ctx context.Context, space string, requests int) error {
	if m.c.Store == nil {
		return nil
	}
	return m.c.Store.Write(ctx, func(tx *store.Tx) error {
		return audit.Append(ctx, tx, audit.Act{Space: space, Action: "cache.warm", Detail: map[string]any{"requests": requests}})
	})
}

// OnForget has f called whenever answers are forgotten that were kept, so that no copy of them is left
// with who called [Model.Peek]. One f is held; it may be called from several goroutines at once.
func (m *Models) OnForget(f func()) { m.onForget.Store(&f) }

func (m *Models) forgot() {
	if f := m.onForget.Load(); f != nil {
		(*f)()
	}
}

// Peek finds a fresh answer in memory to what would be sent, which needs no further look: see
// [cache.Cache.Peek].
func (m *Model) Peek(ctx context.Context, r wenyuan.Request) (*cache.Entry, bool) {
	how := manner.Of(ctx)
	space := cmp.Or(how.Scope.Space(), limit.Of(ctx).Space)
	if space == "" || how.Keep <= 0 {
		return nil, false
	}
	sent := m.asSent(ctx, r)
	return m.house.cache.Peek(cache.Query{Key: m.keyOf(space, &sent), Space: space, Model: m.spec.Name, Hash: m.hash, Under: m.made, Whole: r.Whole, How: how})
}

// Holds says whether an answer may still be given again at a moment, as [Model.Peek] gives it.
func (m *Model) Holds(e *cache.Entry, now time.Time) bool {
	return m.house.cache.Holds(e, now, m.house.Keep())
}
