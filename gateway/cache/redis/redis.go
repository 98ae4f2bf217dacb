// Package redis keeps a cache's answers in Redis or Valkey, where all servers of the house find them.
//
// What is written there is encrypted with a key that the house alone has (AES-256-GCM, with the place
// of the entry as additional data), so that who reads the server's memory or a dump of it learns how
// much is asked, not what. A stranger would break this: an entry is opened under the space and key that
// it is asked for, so that one that was put under another name is none.
package redis

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"wenyuan"
	"wenyuan/gateway/cache"
)

// Config says which server, and how what is written there is encrypted.
type Config struct {
	URL    string   // redis:// or rediss:// (TLS), with user, password and number of the database
	Secret [32]byte // from which the key is made; equal on all servers of the house
	TLS    *tls.Config
}

// A Redis is a server as a cache's engine.
type Redis struct {
	options rueidis.ClientOption
	seal    cipher.AEAD
	names   [32]byte // from which the names of spaces are made, so that these are not to be read either

	mu         sync.Mutex
	client     rueidis.Client // nil before the first connection
	connecting bool
	closed     bool
	failed     error // why there is none
	tried      sync.WaitGroup
}

// prefix begins the names of all keys.
const prefix = "wenyuan:cache:1:"

const (
	dialTime  = 2 * time.Second
	writeTime = 5 * time.Second
	atOnce    = 200 // keys of one step of a purge
)

// Open reads the address. It waits for nobody: a server that does not answer now is looked for again
// with each call, which is an error until it does.
func Open(c Config) (*Redis, error) {
	o, err := options(c)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived(c.Secret, "entries"))
	if err != nil {
		return nil, err
	}
	r := &Redis{options: o}
	if r.seal, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	r.names = [32]byte(derived(c.Secret, "names"))
	_, _ = r.connected() // begins to connect
	return r, nil
}

// errConnecting says that there is no connection yet.
var errConnecting = errors.New("redis: not connected yet")

// connected is the client. Where there is none yet, one is made in the background: who asks has no time
// to wait for a server that may be gone.
func (r *Redis) connected() (rueidis.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client != nil && !r.closed {
		return r.client, nil
	}
	if !r.connecting && !r.closed {
		r.connecting = true
		r.tried.Go(r.connect)
	}
	if r.failed != nil {
		return nil, r.failed
	}
	return nil, errConnecting
}

func (r *Redis) connect() {
	c, err := rueidis.NewClient(r.options)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connecting = false
	if r.failed = err; err != nil {
		r.failed = fmt.Errorf("redis: %w", err)
		return
	}
	if r.client = c; r.closed {
		c.Close()
	}
}

// derived is a key of one use.
func derived(secret [32]byte, use string) []byte {
	sum := sha256.Sum256(append([]byte("wenyuan cache "+use+"\x00"), secret[:]...))
	return sum[:]
}

// options reads the address. Nothing is cached in the client, and its buffers are small: it is one of
// several levels.
func options(c Config) (o rueidis.ClientOption, err error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" {
		return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the address of the shared cache is none", Hint: "such as redis://:PASSWORD@HOST:6379/0, or rediss:// with TLS"}
	}
	if o, err = rueidis.ParseURL(c.URL); err != nil {
		return o, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the address of the shared cache cannot be read", Hint: "such as redis://:PASSWORD@HOST:6379/0, or rediss:// with TLS"}
	}
	if o.TLSConfig != nil && c.TLS != nil {
		o.TLSConfig = c.TLS
	}
	o.DisableCache, o.ForceSingleClient, o.ClientName = true, true, "wenyuan"
	o.Dialer.Timeout, o.ConnWriteTimeout = dialTime, writeTime
	o.ReadBufferEachConn, o.WriteBufferEachConn, o.RingScaleEachConn, o.PipelineMultiplex = 32<<10, 32<<10, 8, 1
	return o, nil
}

// Close lets the connections go.
func (r *Redis) Close() {
	r.mu.Lock()
	r.closed = true
	c := r.client
	r.mu.Unlock()
	if c != nil {
		c.Close()
	}
	r.tried.Wait()
}

// Name is "redis".
func (r *Redis) Name() string { return "redis" }

// spaceName stands for a space in the names of its keys.
func (r *Redis) spaceName(space string) string {
	sum := sha256.Sum256(append(r.names[:], space...))
	return hex.EncodeToString(sum[:12])
}

func (r *Redis) name(space string, key cache.Key) string {
	return prefix + r.spaceName(space) + ":" + hex.EncodeToString(key[:])
}

// Get finds an entry; see [cache.Engine].
func (r *Redis) Get(ctx context.Context, space string, key cache.Key) (*cache.Entry, error) {
	c, err := r.connected()
	if err != nil {
		return nil, err
	}
	name := r.name(space, key)
	data, err := c.Do(ctx, c.B().Get().Key(name).Build()).AsBytes()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e := r.opened(name, data)
	if e == nil || e.Space != space || e.Key != key || time.Now().UnixMicro() >= e.Ends {
		return nil, nil
	}
	return e, nil
}

// opened is an entry as it was written under a name; nil where it was not, or by somebody else.
func (r *Redis) opened(name string, data []byte) *cache.Entry {
	n := r.seal.NonceSize()
	if len(data) < n || len(data) > cache.MaxData+1<<10 {
		return nil
	}
	text, err := r.seal.Open(nil, data[:n], data[n:], []byte(name))
	if err != nil {
		return nil
	}
	space, text, ok := cutSpace(text)
	if !ok {
		return nil
	}
	sum, err := hex.DecodeString(name[strings.LastIndexByte(name, ':')+1:])
	if err != nil || len(sum) != len(cache.Key{}) {
		return nil
	}
	e, err := cache.Decode(space, cache.Key(sum), text)
	if err != nil {
		return nil
	}
	return e
}

// cutSpace parts the name of the space from the entry behind it.
func cutSpace(text []byte) (space string, rest []byte, ok bool) {
	i := strings.IndexByte(string(text[:min(len(text), 1<<10)]), 0)
	if i < 0 {
		return "", nil, false
	}
	return string(text[:i]), text[i+1:], true
}

// Put keeps entries; see [cache.Engine].
func (r *Redis) Put(ctx context.Context, all ...*cache.Entry) error {
	c, err := r.connected()
	if err != nil {
		return err
	}
	var commands rueidis.Commands
	for _, e := range all {
		data, err := cache.Encode(e)
		if err != nil {
			return err
		}
		left := time.Until(time.UnixMicro(e.Ends)).Milliseconds()
		if left <= 0 || len(data) > cache.MaxData {
			continue
		}
		name := r.name(e.Space, e.Key)
		nonce := make([]byte, r.seal.NonceSize())
		rand.Read(nonce) // never fails: crypto/rand ends the program instead
		sealed := r.seal.Seal(nonce, nonce, append([]byte(e.Space+"\x00"), data...), []byte(name))
		commands = append(commands, c.B().Set().Key(name).Value(rueidis.BinaryString(sealed)).PxMilliseconds(left).Build())
	}
	var errs []error
	for _, reply := range c.DoMulti(ctx, commands...) {
		errs = append(errs, reply.Error())
	}
	return errors.Join(errs...)
}

// Drop forgets an entry; see [cache.Engine].
func (r *Redis) Drop(ctx context.Context, space string, key cache.Key) error {
	c, err := r.connected()
	if err != nil {
		return err
	}
	return c.Do(ctx, c.B().Del().Key(r.name(space, key)).Build()).Error()
}

// Purge looks at every entry of the space, or of all: they are found by nothing but their names, so
// that there are no lists beside them that could differ from what is there.
func (r *Redis) Purge(ctx context.Context, p cache.Purge) (gone int64, err error) {
	c, err := r.connected()
	if err != nil {
		return 0, err
	}
	match := prefix + "*"
	if p.Space != "" {
		match = prefix + r.spaceName(p.Space) + ":*"
	}
	for cursor := uint64(0); ; {
		page, err := c.Do(ctx, c.B().Scan().Cursor(cursor).Match(match).Count(atOnce).Build()).AsScanEntry()
		if err != nil {
			return gone, err
		}
		n, err := r.purge(ctx, c, p, page.Elements)
		if gone += n; err != nil {
			return gone, err
		}
		if cursor = page.Cursor; cursor == 0 {
			return gone, nil
		}
	}
}

// purge forgets those of some keys that a purge is about, and what nobody can read.
func (r *Redis) purge(ctx context.Context, c rueidis.Client, p cache.Purge, names []string) (int64, error) {
	if len(names) == 0 {
		return 0, nil
	}
	if p.Kind != "" {
		values, err := c.Do(ctx, c.B().Mget().Key(names...).Build()).ToArray()
		if err != nil {
			return 0, err
		}
		var about []string
		for i, v := range values {
			data, err := v.AsBytes()
			if err != nil {
				continue // it has ended meanwhile
			}
			if e := r.opened(names[i], data); e == nil || p.About(e) {
				about = append(about, names[i])
			}
		}
		if names = about; len(names) == 0 {
			return 0, nil
		}
	}
	return c.Do(ctx, c.B().Unlink().Key(names...).Build()).AsInt64()
}

var _ cache.Engine = (*Redis)(nil)
