package app

import (
	"context"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/eval"
	"wenyuan/gateway"
	"wenyuan/prompt"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// estimated is about how many tokens a text has, whatever the model.
func estimated(text string) int {
	n, err := prompt.Estimate.Count(context.Background(), text)
	if err != nil {
		return len(text) // never: it looks at the text only
	}
	return n
}

// chat finds a model that writes; "" is the one of the default assistants, the first that is configured.
func (a *App) chat(space, name string) (answer.Chat, bool) {
	m, ok := a.Models.Get(space, name)
	if name == "" {
		m, ok = a.Models.Default(space)
	}
	if !ok || !m.Spec().Able(gateway.Chat) {
		return answer.Chat{}, false
	}
	return answer.Chat{Name: m.Name(), Model: m, Tokenizer: m.Tokenizer(), Context: m.Spec().Context, Settings: m.Spec()}, true
}

// chatFor finds one version of a model that writes.
func (a *App) chatFor(ctx context.Context, space, name string, which answer.Which) (answer.Chat, bool) {
	m, ok := a.Models.Choose(ctx, space, name, which.Sticky, which.Hash, which.Strict)
	if !ok || !m.Spec().Able(gateway.Chat) {
		return answer.Chat{}, false
	}
	return answer.Chat{Name: m.Name(), Model: m, Tokenizer: m.Tokenizer(), Context: m.Spec().Context, Settings: m.Spec()}, true
}

// load makes this server ready to serve what a label will point at.
func (a *App) load(ctx context.Context, m version.Move) error {
	switch m.Kind {
	case gateway.Kind:
		return a.Models.Load(ctx, m)
	case answer.Kind:
		if err := a.Models.Refresh(ctx); err != nil {
			return err
		}
		return a.Answerer.Load(ctx, m)
	}
	return nil
}

// strongOn says whether a model writes for an assistant that is to be the same everywhere.
func (a *App) strongOn(ctx context.Context, tx *store.Tx, space, model string) (bool, error) {
	return a.Answerer.StrongOn(ctx, tx, space, model)
}

// records says whether a space keeps what is asked in it and answered.
func (a *App) records(ctx context.Context, space string) (keeps bool) {
	err := a.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := trace.PolicyOf(ctx, tx, space)
		keeps = p.Record == trace.Everything
		return err
	})
	return keeps && err == nil
}

// judge finds a model that gives second opinions.
func (a *App) judge(space, name string) (wenyuan.Judge, bool) {
	m, ok := a.Models.Get(space, name)
	if !ok {
		return nil, false
	}
	j, ok := m.Judge()
	return besideJudge{j}, ok
}

// moderator finds a model that says what is unsafe.
func (a *App) moderator(space, name string) (wenyuan.Moderator, bool) {
	m, ok := a.Models.Get(space, name)
	if !ok {
		return nil, false
	}
	o, ok := m.Moderator()
	return besideModerator{o}, ok
}

// writer finds a model that a policy asks for its opinion.
func (a *App) writer(space, name string) (wenyuan.Model, bool) {
	c, ok := a.chat(space, name)
	return besideWriter{c.Model}, ok
}

// trusted gives what was measured of a judge, as it is declared now, against people.
func (a *App) trusted(ctx context.Context, space, judge string) (answer.Agreement, bool) {
	m, ok := a.Models.Get(space, judge)
	if !ok {
		return answer.Agreement{}, false
	}
	g, ok, err := eval.FindAgreement(ctx, a.Store, space, judge, m.Hash())
	if err != nil {
		a.log.Warn("the agreement of the judge could not be read", "judge", judge, "error", err)
		return answer.Agreement{}, false
	}
	return answer.Agreement{Kappa: g.Kappa, N: g.N}, ok
}

// reranker finds a model that ranks passages.
func (a *App) reranker(space, name string) (wenyuan.Reranker, bool) {
	m, ok := a.Models.Get(space, name)
	if !ok {
		return nil, false
	}
	return m.Reranker()
}
