package answer

import (
	"context"
	"fmt"

	"wenyuan"
	"wenyuan/auth"
	"wenyuan/store"
	"wenyuan/version"
)

// admitted asks whether a version may be in use, where the space, the version or the one in production says that it has to be
// admitted: so that no version can do away with what it is held to. What production points at is not asked about again.
func (a *Answerer) admitted(ctx context.Context, tx *store.Tx, space string, as Assistant) error {
	if a.Admit == nil {
		return nil
	}
	needs, err := auth.GateOf(ctx, tx, space)
	if err != nil {
		return err
	}
	now, err := version.Resolve(ctx, tx, space, Kind, as.Name, version.Production)
	if err != nil && wenyuan.CodeOf(err) != wenyuan.NotFound {
		return err
	}
	if err == nil && now.Hash == as.Hash {
		return nil
	}
	if now.Hash != "" && needs == "" {
		before, err := loadAssistant(ctx, tx, space, now.Hash)
		if err != nil {
			return err
		}
		needs = before.Gate
	}
	if needs != Required && as.Gate != Required {
		return nil
	}
	return a.Admit(ctx, tx, space, as)
}

// keptOnly is the error of a version that was kept and is not in use.
func keptOnly(as Assistant, err error) error {
	return &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("the version %.12s of the assistant %s is kept, and not in use: it has to be admitted first", as.Hash, as.Name),
		Hint: "wenyuan gate run assistant:NAME@VERSION looks at it; when it is admitted, wenyuan assistant split puts it in use", Err: err}
}
