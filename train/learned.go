package train

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
	"wenyuan/version"
)

// A Learned is a sentence of an answer with what its model learned that is most like it.
type Learned struct {
	Sentence wenyuan.Sentence `json:"sentence"`
	Model    wenyuan.Version  `json:"model"` // that wrote it
	Adapter  wenyuan.Version  `json:"adapter"`
	dataset.Taught
}

// Learned finds the training rows that are most like a sentence of an answer, from 1, by the adapter that the model stands
// on which wrote it: for a sentence that no passage supports, they may be where it comes from. It gives what the asker may
// see, and nothing is proved by it. Needs Edit, Review or Own, and the answer's record.
func (r *Runs) Learned(ctx context.Context, sc scope.Scope, p wenyuan.Principal, answer string, sentence, most int) (out Learned, err error) {
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		t, err := trace.Get(ctx, tx, sc, p, answer)
		if err != nil {
			return err
		}
		if sentence < 1 || sentence > len(t.Answer.Sentences) {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("the answer has no sentence %d, but %d", sentence, len(t.Answer.Sentences)), Hint: "count them from 1; wenyuan trace shows them"}
		}
		out.Sentence = t.Answer.Sentences[sentence-1]
		out.Model, out.Adapter, err = adapterOf(ctx, tx, sc.Space(), t.Answer)
		return err
	})
	if err != nil {
		return out, err
	}
	if out.Adapter.Hash == "" {
		return out, &wenyuan.Error{Code: wenyuan.Conflict, Message: "what wrote this answer stands on no adapter", Hint: "only of what was learned here can it be said from which rows"}
	}
	out.Taught, err = r.Sets.NearestTaught(ctx, sc, p, out.Adapter.Hash, out.Sentence.Text, most)
	return out, err
}

// Taught says whether an answer was written by a model that stands on an adapter, so that Learned has something to say.
func (r *Runs) Taught(ctx context.Context, sc scope.Scope, a wenyuan.Answer) (yes bool, err error) {
	err = r.Store.Read(ctx, func(tx *store.Tx) error {
		_, adapter, err := adapterOf(ctx, tx, sc.Space(), a)
		yes = adapter.Hash != ""
		return err
	})
	return yes, err
}

// adapterOf is the model that wrote an answer, and the adapter that it stands on; nothing where it stands on none.
func adapterOf(ctx context.Context, tx *store.Tx, space string, a wenyuan.Answer) (model, adapter wenyuan.Version, err error) {
	for _, v := range a.Versions {
		if v.Kind != "model" {
			continue
		}
		var declared struct {
			Adapter *struct {
				Hash string `json:"hash"`
			} `json:"adapter"`
		}
		if _, err := version.Get(ctx, tx, space, v.Kind, v.Hash, &declared); err != nil {
			return model, adapter, err
		}
		if model = v; declared.Adapter == nil || declared.Adapter.Hash == "" {
			continue
		}
		adapter, err = version.Get(ctx, tx, space, AdapterKind, declared.Adapter.Hash, nil)
		return model, adapter, err
	}
	return model, adapter, nil
}
