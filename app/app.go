// Package app is the wiring of the house: which part there is, and who holds whom.
//
// Read Open from top to bottom and you have seen every part; Close is the same list
// backwards. The package holds no logic of its own and reads neither files nor the
// environment for its settings: those belong to the command.
package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/answer/extract"
	"wenyuan/auth"
	"wenyuan/auth/audit"
	"wenyuan/auth/oidc"
	"wenyuan/auth/signin"
	"wenyuan/channel"
	"wenyuan/corpus"
	"wenyuan/corpus/cut"
	"wenyuan/corpus/parse"
	"wenyuan/dataset"
	"wenyuan/dataset/judge"
	"wenyuan/dataset/risk"
	"wenyuan/eval/gate"
	"wenyuan/eval/run"
	"wenyuan/gateway"
	"wenyuan/gateway/admit"
	"wenyuan/gateway/manner"
	"wenyuan/gateway/pool"
	"wenyuan/gateway/telemetry"
	"wenyuan/gateway/usage"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/job"
	"wenyuan/limit"
	"wenyuan/manual"
	"wenyuan/privacy"
	"wenyuan/prompt"
	"wenyuan/prompt/library"
	"wenyuan/release"
	"wenyuan/retrieve"
	"wenyuan/server"
	"wenyuan/session"
	"wenyuan/store"
	"wenyuan/train"
	"wenyuan/version"
)

// Config is what the program is started with.
type Config struct {
	Data      string // the data folder
	Database  string // "" for SQLite in the data folder, else postgres://...
	Models    []gateway.Spec
	Telemetry telemetry.Config                // where traces are sent; nowhere without an endpoint
	Embedder  *gateway.Spec                   // nil: only the vectors that are learned from the documents
	Key       func(env string) gateway.Secret // of a model, by the variable that holds it
	Env       func(name string) string        // reads a variable that an engine gets; nil: there are none
	Outbound  []string                        // hosts and host:port that models may be at; empty: wherever they are declared
	Proxy     string                          // for models outside; "" for none
	Pool      pool.Config                     // Region, and what is not to be found or done by itself for each model
	WrongHits float64                         // share of the answers to alike questions that may be wrong; 0: similar.DefaultWrong
	Waiting   admit.Config                    // of the queue before each model
	Questions int                             // of assistants that are searched for and looked at at once, before a model is asked; 0: 32 per processor, 64 at least
	Cache     gateway.Caching                 // how answers of models are kept
	Drift     gateway.Drift                   // how replicas of a model are compared
	Closed    []string                        // corpora that nothing may leave
	Prompt    string                          // template; "" for the built-in one
	AuditDays int                             // after which entries of the audit are dropped; 0: never
	Limits    parse.Limits
	SignIn    signin.Config
	OIDC      oidc.Config
	Server    server.Config // what the operator sets; the rooms are filled in here
	Program   string        // version of the program
	Log       *slog.Logger
}

// An App is the house with everything in it.
type App struct {
	Store     *store.Store
	Auth      *auth.Directory
	Queue     *job.Queue
	Writing   *job.Queue // what models are ordered to write, which may take hours
	Library   *corpus.Library
	Retriever *retrieve.Retriever
	Limiter   *limit.Limiter
	Usage     *usage.Book
	Privacy   *privacy.Keeper
	Guards    *guard.Guards
	Sets      *dataset.Sets
	Runs      *run.Runs
	Gate      *gate.Gate
	Training  *train.Runs
	Releases  *release.Releases
	Models    *gateway.Models
	Servers   *version.Servers
	Answerer  *answer.Answerer
	Server    *server.Server

	log    *slog.Logger
	lock   *store.Lock
	closed []string // corpora that the settings file closes
}

// Open builds the house and starts nothing. The data folder is this process's until Close.
func Open(ctx context.Context, c Config) (_ *App, err error) {
	a := &App{log: c.Log, closed: c.Closed}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.lock, err = store.LockDir(c.Data); err != nil {
		return a, err
	}
	if a.Store, err = store.Open(ctx, store.Config{Dir: c.Data, URL: c.Database}); err != nil {
		return a, err
	}
	a.Auth = auth.Open(auth.Config{Store: a.Store, Log: c.Log})
	a.Limiter, err = limit.Open(ctx, limit.Config{Store: a.Store, Log: c.Log, Record: recordLimit})
	if err != nil {
		return a, err
	}
	c.Drift.Record = a.records
	c.Telemetry.Version = c.Program
	c.Cache.Alive = a.alive
	a.Models, err = gateway.Open(ctx, gateway.Config{
		Drift: c.Drift, Moves: func() *version.Servers { return a.Servers }, Strong: a.strongOn, Admit: admitModel, Adapters: a.adapters(filepath.Join(c.Data, "train")),
		Limits: a.Limiter, Store: a.Store, Declared: c.Models, Embedder: c.Embedder, Key: c.Key, Env: c.Env,
		Allow: c.Outbound, Proxy: c.Proxy, Pool: c.Pool, Telemetry: c.Telemetry, Queue: c.Waiting, WrongHits: c.WrongHits, Cache: c.Cache, Tokenizer: prompt.TiktokenFor, Encodings: prompt.Encodings(), Log: c.Log,
	})
	if err != nil {
		return a, err
	}
	a.Guards = guard.Open(guard.Config{Store: a.Store, Moderators: a.moderator, Judges: a.writer, Log: c.Log})
	embedder, _ := a.Models.Embedder() // nil: only what is learned here
	a.Queue = job.New(a.Store)
	a.Queue.Log = c.Log
	c.Limits.Cache = cmp.Or(c.Limits.Cache, filepath.Join(c.Data, "cache"))
	a.Library = corpus.New(corpus.Config{
		Store: a.Store, Auth: a.Auth, Queue: a.Queue, Dir: filepath.Join(c.Data, "index"),
		Embedder: embedder, Limits: c.Limits, Cut: cut.Default, Log: c.Log, Guards: a.Guards, Closed: c.Closed, Removed: a.Models.Removed,
	})
	a.Retriever = retrieve.New(a.Library, embedder)
	if a.Servers, err = version.OpenServers(ctx, version.ServersConfig{Store: a.Store, Load: a.load, Log: c.Log}); err != nil {
		return a, err
	}
	a.Answerer, err = answer.New(answer.Config{
		Sessions: session.New(a.Store, estimated),
		Store:    a.Store, Auth: a.Auth, Library: a.Library, Retriever: a.Retriever, Models: a.chat, ModelFor: a.chatFor, Moves: a.Servers, Judges: a.judge, Rerankers: a.reranker, Guards: a.Guards, Trusted: a.trusted, Admit: admitAssistant, Prompt: c.Prompt, Turn: turns(c.Questions),
		Filters: retrieve.Filters{}.WithDefaults(), Extract: extract.Settings{}.WithDefaults(), Program: c.Program, Log: c.Log,
	})
	if err != nil {
		return a, err
	}
	s := c.Server
	s.Auth, s.SignIn = a.Auth, signin.Open(c.SignIn.With(a.Store, c.Log))
	s.Providers = oidc.Open(c.OIDC.With(a.Store, c.Log))
	s.Store, s.Queue, s.Library, s.Retriever, s.Answerer, s.Log = a.Store, a.Queue, a.Library, a.Retriever, a.Answerer, c.Log
	s.Prompts, s.Channels = prompt.Open(a.Store), channel.Open(a.Store)
	a.Privacy = privacy.New(privacy.Config{Store: a.Store, Forget: a.Models.Forget, Removed: func(space string) { a.Models.ForgetSpace(space); a.Sets.ForgetSpace(space) }, Auth: a.Auth, AuditDays: c.AuditDays, Log: c.Log})
	a.Usage = usage.Open(a.Store, c.Log)
	a.Sets = dataset.Open(dataset.Config{Store: a.Store, Probe: a.gateTexts, Screen: dataset.ByRisk(risk.Options{}), Later: a.captureLater,
		Auth: a.Auth, Teachers: a.teacher, Asking: a.asking, InstructLater: a.instructLater, MineLater: a.mineLater, Log: c.Log})
	a.Writing = job.New(a.Store)
	a.Writing.Workers, a.Writing.Log = writers, c.Log
	a.Writing.Handle(dataset.InstructJob, a.instruct)
	s.Judging = judge.New(judge.Config{Store: a.Store, Sets: a.Sets, Log: c.Log})
	s.Examples = library.New(library.Config{Store: a.Store, Sets: a.Sets, Judging: s.Judging})
	a.Queue.Handle(dataset.CaptureJob, a.capture)
	a.Queue.Handle(dataset.MineJob, a.mine)
	a.Runs = run.Open(run.Config{Store: a.Store, Auth: a.Auth, Subjects: subjects{a}, Sets: a.testSets, Judges: a.comparing, Log: c.Log})
	a.Gate = gate.Open(a.Store, a.Runs, c.Log)
	s.Runs, s.Gate = a.Runs, a.Gate
	a.Training = train.Open(train.Config{Store: a.Store, Queue: a.Queue, Sets: a.Sets, Dir: filepath.Join(c.Data, "train"), Scope: a.machine, Log: c.Log})
	a.Releases = release.Open(release.Config{Store: a.Store, Queue: a.Queue, Models: a.Models, Training: a.Training, Sets: a.Sets, Scope: a.machine, Log: c.Log})
	s.Releases = a.Releases
	s.Limiter, s.Usage, s.Privacy, s.Guards, s.Training, s.Sets = a.Limiter, a.Usage, a.Privacy, a.Guards, a.Training, a.Sets
	s.Gateway, s.Program, s.Data = a.Models, c.Program, c.Data
	a.Server, err = server.New(ctx, s)
	return a, err
}

// alive says whether an asker sees documents now, as answers that are kept were made from them.
func (a *App) alive(ctx context.Context, sc scope.Scope, made []manner.Made) (bool, error) {
	revisions := make(map[string]string, len(made))
	for _, m := range made {
		if is, twice := revisions[m.Document]; twice && is != m.Revision {
			return false, nil
		}
		revisions[m.Document] = m.Revision
	}
	asker, _ := manner.Of(ctx).Asker.(*auth.Identity) // nil: nobody in particular, such as this program
	return a.Library.Unchanged(ctx, asker, sc, revisions)
}

// machine sees everything of a space: for work that somebody started who saw all that it needs.
func (a *App) machine(ctx context.Context, space string) (scope.Scope, error) {
	return a.Auth.Scope(ctx, auth.Machine(), space)
}

// captureLater has samples made of what was asked in a space, in the background.
func (a *App) captureLater(ctx context.Context, space string) error {
	return a.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := a.Queue.Enqueue(ctx, tx, job.Job{Space: space, Kind: dataset.CaptureJob, Key: space})
		return err
	})
}

// capture makes samples of what was asked in the space of a job, and of what people did with the answers. That it may no longer be learned from ends it.
func (a *App) capture(ctx context.Context, j job.Job, report func(any)) error {
	sc, err := a.machine(ctx, j.Space)
	if err != nil {
		return err
	}
	told := func(p dataset.Progress) error { report(p); return ctx.Err() }
	made, err := a.Sets.Capture(ctx, sc, told)
	if err == nil && made.Samples+made.Feedback > 0 {
		_, err = a.Sets.Mine(ctx, sc, false, told)
	}
	if wenyuan.CodeOf(err) == wenyuan.Conflict {
		return nil
	}
	return err
}

// recordLimit keeps in the audit that a limit was set or removed.
func recordLimit(ctx context.Context, tx *store.Tx, act, space string, r limit.Rule) error {
	return audit.Append(ctx, tx, audit.Act{Space: space, Action: act, Object: r.ID, Detail: map[string]any{"kind": r.Kind, "subject": r.Subject,
		"resource": r.Resource, "span": r.Span, "soft": limit.Amount(r.Resource, r.Soft), "hard": limit.Amount(r.Resource, r.Hard), "currency": r.Currency}})
}

// Start opens the indexes, goes on with work that an earlier process left, and lets background work begin.
func (a *App) Start(ctx context.Context) error {
	if _, err := a.Store.SweepBlobs(ctx, time.Hour); err != nil {
		return err
	}
	if err := a.Library.Start(ctx); err != nil {
		return err
	}
	a.Limiter.Start(ctx)
	a.Servers.Start(ctx)
	a.Models.Start()
	a.Privacy.Start(ctx)
	a.Sets.Start(ctx)
	if err := a.Runs.Start(ctx); err != nil {
		return err
	}
	a.Releases.Watch(ctx)
	if err := a.Writing.Start(ctx); err != nil {
		return err
	}
	return a.Queue.Start(ctx)
}

// Reload takes over what may change while the program runs: the models, where they may be,
// which corpora are closed, and the prompt. A corpus that is closed before or after is closed in
// between, so that no model gets at it that comes or goes. When the models or the prompt cannot
// be used, everything is as it was.
func (a *App) Reload(ctx context.Context, c Config) error {
	if _, err := prompt.ParseTemplate(prompt.DefaultName, cmp.Or(c.Prompt, prompt.BuiltIn)); err != nil {
		return err
	}
	if err := a.Library.DeclareClosed(ctx, slices.Concat(a.closed, c.Closed)); err != nil {
		return err
	}
	if err := a.Models.Replace(c.Models, c.Outbound); err != nil {
		return errors.Join(err, a.Library.DeclareClosed(ctx, a.closed))
	}
	a.closed = c.Closed
	return errors.Join(a.Answerer.SetPrompt(c.Prompt), a.Library.DeclareClosed(ctx, c.Closed))
}

// Drain waits until no background work is left, so that a command that ends leaves none behind. Releases
// are not waited for: they last as long as people take to ask.
func (a *App) Drain(ctx context.Context) error {
	return a.Queue.Drain(ctx, job.Filter{Except: release.JobKind})
}

// Close stops everything, in the order opposite to Open. It may be called twice.
func (a *App) Close() error {
	var errs []error
	if a.Privacy != nil {
		a.Privacy.Close()
	}
	if a.Runs != nil {
		a.Runs.Stop()
	}
	if a.Releases != nil {
		a.Releases.Close(context.Background())
	}
	if a.Training != nil {
		a.Training.Close()
	}
	if a.Sets != nil {
		a.Sets.Close()
	}
	if a.Writing != nil {
		a.Writing.Stop()
	}
	if a.Queue != nil {
		a.Queue.Stop()
	}
	if a.Servers != nil {
		errs = append(errs, a.Servers.Close(context.Background()))
	}
	if a.Models != nil {
		a.Models.Close()
	}
	if a.Library != nil {
		errs = append(errs, a.Library.Close())
	}
	if a.Usage != nil {
		errs = append(errs, a.Usage.Close(context.Background()))
	}
	if a.Limiter != nil {
		errs = append(errs, a.Limiter.Close(context.Background()))
	}
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Release())
	}
	*a = App{log: a.log}
	return errors.Join(errs...)
}

// ManualCorpus is the corpus that a new house begins with.
const ManualCorpus = "manual"

// AddManual gives a house that has no corpus yet the program's own manual, and brings the
// manual of an older program up to date. A corpus of that name that somebody else made is left alone.
func (a *App) AddManual(ctx context.Context) error {
	sc, err := a.Auth.Scope(ctx, auth.Machine(), wenyuan.DefaultSpace)
	if err != nil {
		return err
	}
	return a.Library.AddBuiltin(ctx, sc, ManualCorpus, manual.Files)
}
