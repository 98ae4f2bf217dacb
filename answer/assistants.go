package answer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/version"
)

// Kind is the kind of an assistant's versions.
const Kind = "assistant"

// maxAssistants is how many assistants a space may have beside those of its corpora.
const maxAssistants = 1000

// Assistants lists whom the asker can put questions to, by name: those that were saved, and
// for each corpus without one its default assistant. Of each it shows what the asker may know.
func (a *Answerer) Assistants(ctx context.Context, sc scope.Scope) ([]Assistant, error) {
	corpora, err := a.Library.Corpora(ctx, sc)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	saved, err := a.saved(ctx, sc)
	if err != nil {
		return nil, err
	}
	var out []Assistant
	seen, names := map[string]bool{}, []string{}
	for _, c := range corpora {
		seen[c.Name] = true
		names = append(names, c.Name)
	}
	shared, _ := sc.Only()
	for _, as := range saved {
		if part := as.among(seen); there(sc, as, part) {
			out = append(out, as.shown(sc, part))
		}
	}
	for _, name := range append(names, shared...) {
		if slices.ContainsFunc(slices.Concat(saved, out), func(as Assistant) bool { return as.Name == name }) {
			continue
		}
		as, err := a.defaultAssistant(sc.Space(), name)
		if err != nil {
			return nil, err
		}
		if part := as.among(seen); there(sc, as, part) {
			out = append(out, as.shown(sc, part))
		}
	}
	slices.SortFunc(out, func(x, y Assistant) int { return strings.Compare(x.Name, y.Name) })
	return out, nil
}

// saved are the assistants that were saved, as they hold now.
func (a *Answerer) saved(ctx context.Context, sc scope.Scope) (out []Assistant, err error) {
	err = a.Store.Read(ctx, func(tx *store.Tx) error {
		out = nil
		inUse, err := version.InUse(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		for _, l := range inUse {
			as, err := loadAssistant(ctx, tx, sc.Space(), l.Hash)
			if err != nil {
				return err
			}
			out = append(out, as)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("answer: assistants: %w", err)
	}
	return out, nil
}

// loadAssistant reads one version.
func loadAssistant(ctx context.Context, tx *store.Tx, space, hash string) (Assistant, error) {
	var as Assistant
	if _, err := version.Get(ctx, tx, space, Kind, hash, &as); err != nil {
		return Assistant{}, err
	}
	as.Hash = hash
	if len(as.Corpora) == 0 && as.Corpus != "" {
		as.Corpora = []string{as.Corpus} // of a release that knew one corpus each
	}
	return as, nil
}

// Assistant finds one by its name: as it was saved, or the default one of a corpus. It shows what
// the asker may know of it.
func (a *Answerer) Assistant(ctx context.Context, sc scope.Scope, name string) (Assistant, error) {
	as, seen, err := a.find(ctx, sc, name)
	return as.shown(sc, seen), err
}

// find is Assistant with all settings, and those of its corpora that are there for the asker.
func (a *Answerer) find(ctx context.Context, sc scope.Scope, name string) (as Assistant, seen []string, err error) {
	return a.findFor(ctx, sc, name, "")
}

// findFor is find for somebody, who falls to one version where several are in use.
func (a *Answerer) findFor(ctx context.Context, sc scope.Scope, name, sticky string) (as Assistant, seen []string, err error) {
	err = a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		as, err = a.resolve(ctx, tx, sc.Space(), name, sticky)
		return err
	})
	standard := err != nil && wenyuan.CodeOf(err) == wenyuan.NotFound
	if standard {
		as, err = a.defaultAssistant(sc.Space(), name)
	}
	if err == nil {
		seen, err = a.seen(ctx, sc, as)
	}
	switch {
	case err != nil:
		return Assistant{}, nil, fmt.Errorf("answer: assistant: %w", err)
	case !there(sc, as, seen), standard && unfounded(sc, seen):
		return Assistant{}, nil, noAssistant(name)
	}
	return as, seen, nil
}

func noAssistant(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no assistant and no corpus named %q", name),
		Hint: "wenyuan assistant list shows whom one can ask"}
}

// AssistantAt gives one version of an assistant, also one that no longer holds, as [Answerer.Assistant] does.
func (a *Answerer) AssistantAt(ctx context.Context, sc scope.Scope, name, hash string) (Assistant, error) {
	as, seen, err := a.findAt(ctx, sc, name, hash)
	return as.shown(sc, seen), err
}

func (a *Answerer) findAt(ctx context.Context, sc scope.Scope, name, hash string) (as Assistant, seen []string, err error) {
	err = a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		as, err = loadAssistant(ctx, tx, sc.Space(), hash)
		return err
	})
	standard := err != nil && wenyuan.CodeOf(err) == wenyuan.NotFound // a default one by which nobody was answered yet, and so no version was kept
	if standard {
		as, err = a.defaultAssistant(sc.Space(), name)
	}
	if err == nil {
		seen, err = a.seen(ctx, sc, as)
	}
	switch {
	case err != nil:
		return Assistant{}, nil, fmt.Errorf("answer: assistant: %w", err)
	case as.Name != name, as.Hash != hash, !there(sc, as, seen), standard && unfounded(sc, seen):
		return Assistant{}, nil, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the assistant %q has no version %q", name, hash),
			Hint: "wenyuan assistant versions NAME lists them"}
	}
	return as, seen, nil
}

// seen are those of an assistant's corpora that are there for the asker. What the others are
// called is not for them.
func (a *Answerer) seen(ctx context.Context, sc scope.Scope, as Assistant) (names []string, err error) {
	for _, name := range as.Corpora {
		_, err := a.Library.Corpus(ctx, sc, name)
		if err == nil {
			names = append(names, name)
		} else if wenyuan.CodeOf(err) != wenyuan.NotFound {
			return nil, err
		}
	}
	return names, nil
}

// among is seen where it is known which corpora there are.
func (as Assistant) among(seen map[string]bool) (names []string) {
	for _, name := range as.Corpora {
		if seen[name] {
			names = append(names, name)
		}
	}
	return names
}

// there says whether an assistant exists for an asker who sees these of its corpora: for who edits
// the space, for who may ask and sees one, and for who is held to it, to whom it was shared.
func there(sc scope.Scope, as Assistant, seen []string) bool {
	if _, held := sc.Only(); held {
		return sc.Asks(as.Name)
	}
	return sc.May(scope.Edit) || len(seen) > 0 && (sc.May(scope.Ask) || sc.May(scope.Review))
}

// unfounded says of a default assistant that the asker knows of no corpus of its name, and that it
// was not shared with them.
func unfounded(sc scope.Scope, seen []string) bool {
	_, held := sc.Only()
	return !held && len(seen) == 0
}

// shown is what an asker may know: all settings for who edits or reviews in the space, and for
// everybody else what it is called and is for. Corpora that they do not see are not named.
func (as Assistant) shown(sc scope.Scope, seen []string) Assistant {
	if as.Name == "" || sc.May(scope.Edit) {
		return as
	}
	if !sc.May(scope.Review) {
		as = Assistant{Name: as.Name, Title: as.Title, Description: as.Description, Notice: as.Notice, Hash: as.Hash, Partial: true}
	}
	as.Corpus, as.Corpora, as.Experts = "", append([]string{}, seen...), as.shownExperts(seen)
	if len(seen) > 0 {
		as.Corpus = seen[0]
	}
	return as
}

// SaveAssistant keeps an assistant as a version and puts it in use. What it names must be
// there: corpora, model, prompt, judge, reranker.
func (a *Answerer) SaveAssistant(ctx context.Context, sc scope.Scope, as Assistant) (Assistant, error) {
	if !sc.May(scope.Edit) {
		return Assistant{}, notEditor()
	}
	as, err := a.settle(ctx, sc, as)
	if err != nil {
		return Assistant{}, err
	}
	var refused error
	err = a.Store.Write(ctx, func(tx *store.Tx) error {
		labels, err := version.Labels(ctx, tx, sc.Space(), Kind, "")
		if err != nil {
			return err
		}
		if n := len(labels); n >= maxAssistants && !slices.ContainsFunc(labels, func(l version.Labelled) bool { return l.Name == as.Name }) {
			return &wenyuan.Error{Code: wenyuan.Limited, Message: fmt.Sprintf("there are %d assistants already", n), Hint: "remove one that nobody uses"}
		}
		if err := a.keepPrompt(ctx, tx, sc.Space(), as.Prompt); err != nil {
			return err
		}
		v, err := version.Put(ctx, tx, sc.Space(), Kind, as.Name, as.settings())
		if err != nil {
			return err
		}
		if refused = a.admitted(ctx, tx, sc.Space(), as); wenyuan.CodeOf(refused) == wenyuan.Denied { // kept, so that the gate can look at it
			return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.keep", Object: as.Name, Version: v.Hash})
		} else if refused != nil {
			return refused
		}
		if err := a.point(ctx, tx, sc.Space(), as, []version.Share{{Hash: v.Hash, Share: version.Whole}}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.save", Object: as.Name, Version: v.Hash})
	})
	if err != nil {
		return Assistant{}, fmt.Errorf("answer: save assistant: %w", err)
	}
	if refused != nil {
		return Assistant{}, keptOnly(as, refused)
	}
	return a.settled(ctx, sc.Space(), as)
}

func notEditor() error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may change its assistants", Hint: "ask an owner of the space for the role of an editor"}
}

// RemoveAssistant takes an assistant out of use. Its versions stay, and so do the
// conversations that began with it; a corpus of its name has its default assistant again.
func (a *Answerer) RemoveAssistant(ctx context.Context, sc scope.Scope, name string) error {
	if !sc.May(scope.Edit) {
		return notEditor()
	}
	err := a.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := version.Resolve(ctx, tx, sc.Space(), Kind, name, version.Production); err != nil {
			if wenyuan.CodeOf(err) == wenyuan.NotFound {
				return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("no assistant named %q was saved", name),
					Hint: "the default assistant of a corpus goes with its corpus only"}
			}
			return err
		}
		if err := version.Unlabel(ctx, tx, sc.Space(), Kind, name, version.Production); err != nil {
			return err
		}
		if a.Auth != nil {
			if err := a.Auth.DropShares(ctx, tx, sc.Space(), name); err != nil {
				return err
			}
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.remove", Object: name})
	})
	if err != nil {
		return fmt.Errorf("answer: remove assistant: %w", err)
	}
	return nil
}

// Versions lists what an assistant was, newest first; for who edits or reviews in the space.
func (a *Answerer) Versions(ctx context.Context, sc scope.Scope, name string) ([]version.Kept, error) {
	_, _, err := a.find(ctx, sc, name)
	if err != nil && (wenyuan.CodeOf(err) != wenyuan.NotFound || !sc.May(scope.Edit)) { // who edits finds those of one that was removed
		return nil, err
	}
	if !sc.May(scope.Edit) && !sc.May(scope.Review) {
		return nil, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor or a reviewer of the space may see what its assistants were", Hint: "ask an owner of the space for one of these roles"}
	}
	out := []version.Kept{}
	kept := a.Store.Read(ctx, func(tx *store.Tx) error {
		all, err := version.History(ctx, tx, sc.Space(), Kind, name)
		out = append([]version.Kept{}, all...)
		return err
	})
	if kept != nil {
		return nil, fmt.Errorf("answer: versions: %w", kept)
	}
	if len(out) == 0 && err != nil {
		return nil, err
	}
	return out, nil
}

// called finds who is asked: the version a question or its conversation names, else what
// holds now. A corpus may be named beside an assistant that has it. Of its corpora those are given
// that are there for the asker: it answers from them, and says nothing of the others.
func (a *Answerer) called(ctx context.Context, sc scope.Scope, q Question, sticky string) (as Assistant, seen []string, err error) {
	name := cmp.Or(q.Assistant, q.Corpus)
	if name == "" {
		return as, nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names no corpus", Hint: "say which corpus is asked, or which assistant"}
	}
	if q.Version != "" {
		if as, seen, err = a.findAt(ctx, sc, name, q.Version); err == nil && q.Conversation != "" && q.Conversation != "new" {
			as, seen, err = a.newest(ctx, sc, as, seen, sticky)
		}
	} else {
		as, seen, err = a.findFor(ctx, sc, name, sticky)
	}
	if q.Assistant == "" && q.Version == "" && wenyuan.CodeOf(err) == wenyuan.NotFound {
		_, gone := a.Library.Corpus(ctx, sc, name) // who asked a corpus hears of the corpus
		err = cmp.Or(gone, err)
	}
	if err == nil && !sc.Asks(name) {
		err = &wenyuan.Error{Code: wenyuan.Denied, Message: "you may look at documents of this space, but not ask about them", Hint: "ask an owner of the space for the role of an asker"}
	}
	if err == nil && q.Corpus != "" && !slices.Contains(seen, q.Corpus) {
		if _, err = a.Library.Corpus(ctx, sc, q.Corpus); err == nil {
			err = &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names a corpus and an assistant of another one", Hint: "give corpus or assistant, not both"}
		}
	}
	return as, seen, err
}

// defaultAssistant is the assistant that every corpus has.
func (a *Answerer) defaultAssistant(space, corpus string) (Assistant, error) {
	as := Assistant{Name: corpus, Corpus: corpus, Corpora: []string{corpus}, Extractive: true, Filters: a.Filters, Extract: a.Extract,
		Unsupported: Mark, Recall: Recall{}.withDefaults(), Smalltalk: true}
	if chat, ok := a.chat(space, ""); ok {
		as.Model, as.Prompt = chat.Name, a.prompt.Load().Hash
	}
	var err error
	as.Hash, err = version.Hash(as.settings())
	return as, err
}

// chat finds a model of a space by its name; "" is the default one.
func (a *Answerer) chat(space, name string) (Chat, bool) {
	if a.Models == nil {
		return Chat{}, false
	}
	return a.Models(space, name)
}

// settle fills in defaults and says what is wrong with an assistant.
func (a *Answerer) settle(ctx context.Context, sc scope.Scope, as Assistant) (Assistant, error) {
	as = as.withDefaults()
	err := as.check()
	if err == nil {
		err = a.named(ctx, sc, &as)
	}
	if err != nil {
		return Assistant{}, err
	}
	as.Hash, err = version.Hash(as.settings())
	return as, err
}
