package answer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/gateway/manner"
	"wenyuan/internal/scope"
	"wenyuan/prompt"
	"wenyuan/store"
	"wenyuan/version"
)

// The levels of an assistant's consistency, the strictest first.
const (
	// Strong: a new version is served once every server of the house has loaded it, and from then on
	// by all of them; of its model only replicas answer whose fingerprint is the agreed one.
	// Conversations stay as with Session.
	Strong = "strong"
	// Session: a conversation stays on the version of the assistant and of the model it began with,
	// as long as that one is in use. What "" stands for.
	Session = "session"
	// Eventual: whatever is newest, in the middle of a conversation too.
	Eventual = "eventual"
)

// Which says which version of a model is meant.
type Which struct {
	Sticky string // who stays with a version where several are in use
	Hash   string // the version; "" the one that Sticky falls to
	Strict bool   // nothing older than Hash will do, even where it has to be loaded first
}

// writerOf finds the version of the assistant's model that writes for a question.
func (w *work) writerOf(ctx context.Context) (Chat, bool) {
	space, as := w.scope.Space(), w.assistant
	if w.answerer.ModelFor == nil {
		return w.answerer.chat(space, as.Model)
	}
	which := Which{Sticky: w.principal.ID}
	switch as.Consistency {
	case Strong:
		which.Hash = as.modelHash[as.Model]
		which.Strict = which.Hash != ""
	case Session, "":
		which.Hash = w.conversation.Model
	}
	return w.answerer.ModelFor(ctx, space, as.Model, which)
}

// steady says to the gateway what the assistant's consistency asks of it, of all calls for the question.
func (w *work) steady(ctx context.Context) context.Context {
	m := manner.Of(ctx)
	w.tells, m.Told = m.Told, nil // calls of other models than the one that writes are told of nowhere
	m.Agreed = w.assistant.Consistency == Strong
	return manner.With(ctx, m)
}

// newest finds the version that holds now for a conversation that follows it: with an assistant
// that is eventual, and is still there.
func (a *Answerer) newest(ctx context.Context, sc scope.Scope, began Assistant, seen []string, sticky string) (Assistant, []string, error) {
	if began.Consistency != Eventual {
		return began, seen, nil
	}
	now, sees, err := a.findFor(ctx, sc, began.Name, sticky)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return began, seen, nil
	}
	return now, sees, err
}

// resolve reads the version of an assistant that somebody falls to, and of its model where the
// assistant is to be the same everywhere: both from one snapshot.
func (a *Answerer) resolve(ctx context.Context, tx *store.Tx, space, name, sticky string) (as Assistant, err error) {
	v, err := version.ResolveFor(ctx, tx, space, Kind, name, version.Production, sticky)
	if err != nil {
		return as, err
	}
	if as, err = loadAssistant(ctx, tx, space, v.Hash); err != nil || as.Consistency != Strong || as.Model == "" {
		return as, err
	}
	as.modelHash = map[string]string{}
	for _, model := range as.writers() {
		m, err := version.ResolveFor(ctx, tx, space, "model", model, version.Production, sticky)
		if wenyuan.CodeOf(err) == wenyuan.NotFound { // it stands in the settings file of each server
			continue
		}
		if err != nil {
			return as, err
		}
		as.modelHash[model] = m.Hash
	}
	return as, nil
}

// point puts a version in use: at once, or where the assistant is strong and the house may have
// several servers, once all of them have loaded it.
func (a *Answerer) point(ctx context.Context, tx *store.Tx, space string, as Assistant, shares []version.Share) error {
	if as.Consistency == Strong && a.Moves != nil {
		return version.Propose(ctx, tx, version.Move{Space: space, Kind: Kind, Name: as.Name, Label: version.Production, Shares: shares})
	}
	return version.SetSplit(ctx, tx, space, Kind, as.Name, version.Production, shares)
}

// settled waits a moment until a strong assistant is in use, and says for which servers it waits.
func (a *Answerer) settled(ctx context.Context, space string, as Assistant) (Assistant, error) {
	if as.Consistency != Strong || a.Moves == nil {
		return as, nil
	}
	waits, err := a.Moves.Await(ctx, version.Place{Space: space, Kind: Kind, Name: as.Name, Label: version.Production})
	as.Waits = waits
	return as, err
}

// Load makes this server ready to serve what the label of an assistant will point at: each version
// is read, and its model and prompt are there. See [version.ServersConfig].
func (a *Answerer) Load(ctx context.Context, m version.Move) error {
	for _, s := range m.Shares {
		var as Assistant
		err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
			as, err = loadAssistant(ctx, tx, m.Space, s.Hash)
			if err != nil || as.Prompt == "" || as.Prompt == a.prompt.Load().Hash || as.Prompt == prompt.Default().Hash {
				return err
			}
			_, err = version.Get(ctx, tx, m.Space, prompt.Kind, as.Prompt, nil)
			return err
		})
		if err != nil {
			return err
		}
		for _, model := range as.writers() {
			found := false
			if a.ModelFor != nil {
				_, found = a.ModelFor(ctx, m.Space, model, Which{})
			} else {
				_, found = a.chat(m.Space, model)
			}
			if !found {
				return &wenyuan.Error{Code: wenyuan.Unavailable, Message: fmt.Sprintf("the model %q is not configured on this server", model), Hint: "add it to the settings file of this server"}
			}
		}
	}
	return nil
}

// StrongOn says whether a strong assistant of a space is written by a model, in any version that is
// in use: then the model's versions are moved for all servers at once, too.
func (a *Answerer) StrongOn(ctx context.Context, tx *store.Tx, space, model string) (bool, error) {
	all, err := version.InUse(ctx, tx, space, Kind, "")
	if err != nil {
		return false, err
	}
	for _, l := range all {
		shares, err := version.SharesOf(ctx, tx, space, Kind, l.Name, version.Production)
		if err != nil {
			return false, err
		}
		for _, s := range shares {
			as, err := loadAssistant(ctx, tx, space, s.Hash)
			if err != nil || as.Consistency == Strong && slices.Contains(as.writers(), model) {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// SplitAssistant gives versions of an assistant a share each of those who ask it, by person. A
// single one with all of it ends the split. Hashes may be given by their beginning.
func (a *Answerer) SplitAssistant(ctx context.Context, sc scope.Scope, name string, shares []version.Share) (Assistant, error) {
	if !sc.May(scope.Edit) {
		return Assistant{}, notEditor()
	}
	var most Assistant
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		all := make([]version.Share, len(shares))
		best := -1
		for i, s := range shares {
			hash, err := version.Find(ctx, tx, sc.Space(), Kind, name, s.Hash)
			if err != nil {
				return err
			}
			as, err := loadAssistant(ctx, tx, sc.Space(), hash)
			if err != nil {
				return err
			}
			if s.Share > 0 {
				if err := a.admitted(ctx, tx, sc.Space(), as); err != nil {
					return err
				}
			}
			all[i] = version.Share{Hash: hash, Share: s.Share}
			strong := most.Consistency == Strong
			if best < 0 || s.Share > shares[best].Share {
				most, best = as, i
			}
			if strong || as.Consistency == Strong {
				most.Consistency = Strong
			}
		}
		if err := a.point(ctx, tx, sc.Space(), Assistant{Name: name, Consistency: most.Consistency}, all); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.split", Object: name, Detail: map[string]any{"shares": version.Shown(all)}})
	})
	if err != nil {
		return Assistant{}, fmt.Errorf("answer: split assistant: %w", err)
	}
	return a.settled(ctx, sc.Space(), most)
}

// Shares are the versions of an assistant that are in use, the largest share first; for who edits or
// reviews in the space.
func (a *Answerer) Shares(ctx context.Context, sc scope.Scope, name string) (shares []version.Share, err error) {
	if !sc.May(scope.Edit) && !sc.May(scope.Review) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or a reviewer of the space may see what its assistants were", Hint: "ask an owner of the space for one of these roles"}
	}
	err = a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		shares, err = version.SharesOf(ctx, tx, sc.Space(), Kind, name, version.Production)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("answer: shares: %w", err)
	}
	return shares, nil
}

// modelVersion is the version of the assistant's model that the conversation begins with; "" where
// nobody writes, or another model took its place.
func (w *work) modelVersion() string {
	if w.chat.Model == nil || w.chat.Name != w.assistant.Model {
		return ""
	}
	hash, err := version.Hash(w.chat.Settings)
	if err != nil {
		return "" // it is told where the versions of the answer are named
	}
	return hash
}

// counted counts the question for the version that was asked.
func (w *work) counted(err error) {
	if err != nil && errors.Is(err, context.Canceled) {
		return // the asker left
	}
	w.answerer.counts.Of(w.scope.Space(), Kind, w.assistant.Name, w.assistant.Hash).Add(time.Duration(w.reply.first)*time.Microsecond, err != nil)
}

// Counted is what was counted about versions of assistants that were asked.
func (a *Answerer) Counted() *version.Counts { return &a.counts }
