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
// for each corpus without one its default assistant.
func (a *Answerer) Assistants(ctx context.Context, sc scope.Scope) ([]Assistant, error) {
	corpora, err := a.Library.Corpora(ctx, sc)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	out, err := a.saved(ctx, sc)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, c := range corpora {
		there[c.Name] = true
	}
	out = slices.DeleteFunc(out, func(as Assistant) bool { // a corpus that is gone takes its assistants along
		return slices.ContainsFunc(as.Corpora, func(c string) bool { return !there[c] })
	})
	for _, c := range corpora {
		if slices.ContainsFunc(out, func(as Assistant) bool { return as.Name == c.Name }) {
			continue
		}
		as, err := a.defaultAssistant(sc.Space(), c.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, as)
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

// Assistant finds one by its name: as it was saved, or the default one of a corpus.
func (a *Answerer) Assistant(ctx context.Context, sc scope.Scope, name string) (Assistant, error) {
	var as Assistant
	err := a.Store.Read(ctx, func(tx *store.Tx) error {
		v, err := version.Resolve(ctx, tx, sc.Space(), Kind, name, version.Production)
		if err == nil {
			as, err = loadAssistant(ctx, tx, sc.Space(), v.Hash)
		}
		return err
	})
	if err == nil {
		return as, a.visible(ctx, sc, as)
	}
	if wenyuan.CodeOf(err) != wenyuan.NotFound {
		return Assistant{}, fmt.Errorf("answer: assistant: %w", err)
	}
	c, err := a.Library.Corpus(ctx, sc, name)
	if wenyuan.CodeOf(err) == wenyuan.NotFound {
		return Assistant{}, noAssistant(name)
	}
	if err != nil {
		return Assistant{}, fmt.Errorf("answer: %w", err)
	}
	return a.defaultAssistant(sc.Space(), c.Name)
}

func noAssistant(name string) error {
	return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("there is no assistant and no corpus named %q", name),
		Hint: "wenyuan assistant list shows whom one can ask"}
}

// AssistantAt gives one version of an assistant, also one that no longer holds.
func (a *Answerer) AssistantAt(ctx context.Context, sc scope.Scope, name, hash string) (Assistant, error) {
	var as Assistant
	err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		as, err = loadAssistant(ctx, tx, sc.Space(), hash)
		return err
	})
	switch {
	case err == nil && as.Name == name:
		return as, a.visible(ctx, sc, as)
	case err == nil || wenyuan.CodeOf(err) == wenyuan.NotFound:
		return a.unsaved(ctx, sc, name, hash)
	}
	return Assistant{}, fmt.Errorf("answer: assistant: %w", err)
}

// unsaved is the default assistant of a corpus that nobody was answered by yet, and so no
// version of was kept.
func (a *Answerer) unsaved(ctx context.Context, sc scope.Scope, name, hash string) (Assistant, error) {
	if c, err := a.Library.Corpus(ctx, sc, name); err == nil {
		if as, err := a.defaultAssistant(sc.Space(), c.Name); err == nil && as.Hash == hash {
			return as, nil
		}
	}
	return Assistant{}, &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the assistant %q has no version %q", name, hash),
		Hint: "wenyuan assistant versions NAME lists them"}
}

// visible refuses an assistant over a corpus that is not there for the asker.
func (a *Answerer) visible(ctx context.Context, sc scope.Scope, as Assistant) error {
	for _, name := range as.Corpora {
		if _, err := a.Library.Corpus(ctx, sc, name); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return nil
}

// SaveAssistant keeps an assistant as a version and puts it in use. What it names must be
// there: corpora, model, prompt, judge, reranker.
func (a *Answerer) SaveAssistant(ctx context.Context, sc scope.Scope, as Assistant) (Assistant, error) {
	as, err := a.settle(ctx, sc, as)
	if err != nil {
		return Assistant{}, err
	}
	if !sc.May(scope.Edit) {
		return Assistant{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may change its assistants", Hint: "ask an owner of the space for the role of an editor"}
	}
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
		if err := version.Label(ctx, tx, sc.Space(), Kind, as.Name, version.Production, v.Hash); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.save", Object: as.Name, Version: v.Hash})
	})
	if err != nil {
		return Assistant{}, fmt.Errorf("answer: save assistant: %w", err)
	}
	return as, nil
}

// RemoveAssistant takes an assistant out of use. Its versions stay, and so do the
// conversations that began with it; a corpus of its name has its default assistant again.
func (a *Answerer) RemoveAssistant(ctx context.Context, sc scope.Scope, name string) error {
	if !sc.May(scope.Edit) {
		return &wenyuan.Error{Code: wenyuan.Denied, Message: "only an editor of the space may change its assistants", Hint: "ask an owner of the space for the role of an editor"}
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
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "assistant.remove", Object: name})
	})
	if err != nil {
		return fmt.Errorf("answer: remove assistant: %w", err)
	}
	return nil
}

// Versions lists what an assistant was, newest first.
func (a *Answerer) Versions(ctx context.Context, sc scope.Scope, name string) ([]version.Kept, error) {
	var out []version.Kept
	err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		out, err = version.History(ctx, tx, sc.Space(), Kind, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("answer: versions: %w", err)
	}
	if len(out) > 0 {
		return out, nil
	}
	if _, err := a.Assistant(ctx, sc, name); err != nil {
		return nil, err
	}
	return []version.Kept{}, nil
}

// called finds who is asked: the version a question or its conversation names, else what
// holds now. A corpus may be named beside an assistant that has it.
func (a *Answerer) called(ctx context.Context, sc scope.Scope, q Question) (Assistant, error) {
	name := q.Assistant
	if name == "" {
		name = q.Corpus
	}
	if name == "" {
		return Assistant{}, &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names no corpus", Hint: "say which corpus is asked, or which assistant"}
	}
	if !sc.Asks(name) {
		return Assistant{}, noAssistant(name)
	}
	var as Assistant
	var err error
	if q.Version != "" {
		as, err = a.AssistantAt(ctx, sc, name, q.Version)
	} else {
		as, err = a.Assistant(ctx, sc, name)
	}
	if q.Assistant == "" && q.Version == "" && wenyuan.CodeOf(err) == wenyuan.NotFound {
		_, gone := a.Library.Corpus(ctx, sc, name) // who asked a corpus hears of the corpus
		err = cmp.Or(gone, err)
	}
	if err == nil && q.Corpus != "" && !slices.Contains(as.Corpora, q.Corpus) {
		err = &wenyuan.Error{Code: wenyuan.Invalid, Message: "the question names a corpus and an assistant of another one", Hint: "give corpus or assistant, not both"}
	}
	return as, err
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
		err = a.there(ctx, sc, &as)
	}
	if err != nil {
		return Assistant{}, err
	}
	as.Hash, err = version.Hash(as.settings())
	return as, err
}
