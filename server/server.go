// Package server is the house's door: every HTTP route, who may come in, and how much at
// once.
//
// A handler decodes, calls one domain method, encodes. The routes stand in one table
// (routes.go), from which the interface description is made as well. The package never
// decides what an answer is, never reads the environment, and never writes a question, an
// answer or a key to its log. What a stranger would break: a new route goes into the
// table, or it is served without a key and described to nobody.
package server

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/auth/oidc"
	"wenyuan/auth/signin"
	"wenyuan/channel"
	"wenyuan/corpus"
	"wenyuan/dataset"
	"wenyuan/dataset/judge"
	"wenyuan/eval/gate"
	"wenyuan/eval/run"
	"wenyuan/gateway"
	"wenyuan/gateway/usage"
	"wenyuan/guard"
	"wenyuan/job"
	"wenyuan/limit"
	"wenyuan/privacy"
	"wenyuan/prompt"
	"wenyuan/prompt/library"
	"wenyuan/release"
	"wenyuan/retrieve"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/train"
	"wenyuan/web"
)

// Config is what a Server is made of.
type Config struct {
	Store     *store.Store
	Auth      *auth.Directory
	SignIn    *signin.Sessions // see fromSession and toSignIn
	Providers *oidc.Providers
	Queue     *job.Queue
	Library   *corpus.Library
	Retriever *retrieve.Retriever
	Answerer  *answer.Answerer
	Prompts   *prompt.Prompts
	Channels  *channel.Channels
	Gateway   *gateway.Models
	Limiter   *limit.Limiter // nil: nothing is limited
	Usage     *usage.Book    // nil: what plain requests use is not kept
	Privacy   *privacy.Keeper
	Guards    *guard.Guards
	Runs      *run.Runs
	Gate      *gate.Gate
	Training  *train.Runs
	Releases  *release.Releases
	Sets      *dataset.Sets
	Judging   *judge.Queue
	Examples  *library.Libraries
	Log       *slog.Logger
	Quiet     bool // no line in the log for each request

	PublicURL string // how browsers reach the server, scheme and host; "" takes what each request says
	Program   string // version of the program
	Data      string // the data folder, shown in the status
	Settings  string // the settings file, shown beside the models it declares
	Token     string // admits this machine's verbs when keys exist; none where empty
	Access    Access
	Limits    Limits
}

// Limits bound what comes from outside. Zero fields have the defaults named here.
type Limits struct {
	Body       int64         // bytes of a request that is no upload; default 1 MiB
	Upload     int64         // bytes of one upload with all its files; default 1 GiB
	Files      int           // files of one upload; default 1000
	Concurrent int           // requests worked on at once, beside answers; default 64
	Answers    int           // answers under way at once, those that wait for a model included; default 20000
	Waiting    int           // requests that may wait for their turn; default 256
	Wait       time.Duration // longest wait for a turn; default 5 s
	Stall      time.Duration // longest time one piece of a body may take, in or out; default 30 s
}

func (l Limits) withDefaults() Limits {
	l.Body = cmp.Or(l.Body, 1<<20)
	l.Upload = cmp.Or(l.Upload, 1<<30)
	l.Files = cmp.Or(l.Files, 1000)
	l.Concurrent = cmp.Or(l.Concurrent, 64)
	l.Answers = cmp.Or(l.Answers, 20_000)
	l.Waiting = cmp.Or(l.Waiting, 256)
	l.Wait = cmp.Or(l.Wait, 5*time.Second)
	l.Stall = cmp.Or(l.Stall, 30*time.Second)
	return l
}

// A Server answers HTTP requests. Its methods may be called from many goroutines.
type Server struct {
	Config
	access    atomic.Pointer[Access]
	turns     *turns // of who works
	answering *turns // of who mostly waits for a model
	count     counters
	web       *web.Renderer
	mcp       http.Handler
	handler   http.Handler
	started   time.Time
	visits    *visits
	guesses   *guesses                         // keys that open nothing
	begins    *guesses                         // sign-ins at a provider
	tests     sync.Map                         // by tested, how the last test of a model went
	viewers   viewers                          // of the live figures
	policies  store.Memo[string, trace.Policy] // what spaces record
	unnamed   store.Memo[[2]string, struct{}]  // by scope and name: that there is no assistant of it
	front     *front
	life      context.Context // of what is looked up for no single request
}

// New makes a server. Access that would open the house to strangers is an error.
func New(ctx context.Context, c Config) (*Server, error) {
	c.Limits = c.Limits.withDefaults()
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	s := &Server{Config: c, web: web.New(), turns: newTurns(c.Limits.Concurrent, c.Limits), answering: newTurns(c.Limits.Answers, c.Limits), visits: newVisits(), guesses: newGuesses(time.Now, guessesAllowed), begins: newGuesses(time.Now, beginsAllowed), started: time.Now(), front: newFront(), life: context.WithoutCancel(ctx)}
	if err := s.SetAccess(ctx, c.Access); err != nil {
		return nil, err
	}
	if s.Gateway != nil {
		s.Gateway.OnForget(s.front.clear)
	}
	s.mcp = s.newMCP()
	s.handler = s.outer(s.routes())
	return s, nil
}

// Handler is the whole server without its listener.
func (s *Server) Handler() http.Handler { return s.handler }

// routes puts the tables into a mux.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, t := range tables() {
		mux.Handle(t.method+" "+t.path, s.door(t))
	}
	mux.Handle("/", s.door(nowhere))
	return mux
}

// door is one route with everything that happens before its handler.
func (s *Server) door(t route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := comes(r)
		q.route = &t
		if err := s.enter(w, q, &t); err != nil {
			s.fail(w, q, t, err)
		}
	})
}

// farTooLarge is how many bytes over its limit a body is refused before it is sent. One that
// is less over is read up to the limit: many clients send all before they look at the reply, and
// would see a broken connection instead of the reason.
const farTooLarge = 16 << 20

type contextKey int

const (
	comingKey contextKey = iota
	askerKey
)

// comes is a request as it passed the outer. One that did not is made.
func comes(r *http.Request) *request {
	if c, ok := r.Context().Value(comingKey).(*coming); ok {
		c.request.Request = r
		return &c.request
	}
	return &request{Request: r}
}

// requestID is the name under which a request stands in the log and in errors.
func requestID(ctx context.Context) string {
	if c, ok := ctx.Value(comingKey).(*coming); ok {
		return c.id
	}
	return ""
}
