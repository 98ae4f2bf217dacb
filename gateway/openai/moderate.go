package openai

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"wenyuan"
)

// Bounds on what a moderation service may say about one text.
const (
	maxCategories = 256
	maxCategory   = 128 // bytes of a name
)

type moderationRequest struct {
	Model string `json:"model"`
	Input string `json:"input"`
}

// A verdict is about one text, or about one piece where the service cuts it.
type verdict struct {
	Flagged    bool                `json:"flagged"`
	Categories map[string]*bool    `json:"categories"`
	Scores     map[string]*float64 `json:"category_scores"` // null where a model does not know the category
}

// Moderate asks at /v1/moderations how far a text falls into each category that the service
// knows, by the names that it gives them. A service that only says yes or no counts as 1 or 0;
// a text that is flagged in no category has the category "flagged". Errors are those of
// [wire.Server.Post].
func (m *Client) Moderate(ctx context.Context, text string) (map[string]float64, error) {
	k, err := m.s.Post(ctx, m.base+"/moderations", moderationRequest{m.s.RemoteName, text})
	if err != nil {
		return nil, err
	}
	defer k.End()
	var reply struct {
		Results []verdict `json:"results"`
	}
	if err := k.Whole(&reply); err != nil {
		return nil, err
	}
	found, err := worst(reply.Results)
	if err != nil {
		return nil, k.Rubbish(err)
	}
	return found, nil
}

// worst takes the highest figure of each category over the pieces of a text.
func worst(all []verdict) (map[string]float64, error) {
	if len(all) == 0 {
		return nil, errors.New("no result")
	}
	out := map[string]float64{}
	for _, v := range all {
		if v.Categories == nil && v.Scores == nil {
			return nil, errors.New("a result without categories")
		}
		sure := false
		for name, is := range v.Categories {
			if is != nil {
				out[name] = max(out[name], figure(*is && v.Scores[name] == nil))
				sure = sure || *is
			}
		}
		for name, score := range v.Scores {
			switch {
			case score == nil:
			case !(*score >= 0 && *score <= 1):
				return nil, fmt.Errorf("a score of %v", *score)
			default:
				out[name] = max(out[name], *score)
			}
		}
		if v.Flagged && !sure {
			out["flagged"] = 1
		}
	}
	return out, named(out)
}

func figure(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// named says whether categories are few and have names that can be shown.
func named(found map[string]float64) error {
	if len(found) > maxCategories {
		return fmt.Errorf("%d categories", len(found))
	}
	for name := range found {
		if name == "" || len(name) > maxCategory || !utf8.ValidString(name) {
			return fmt.Errorf("a category whose name has %d bytes", len(name))
		}
	}
	return nil
}

var _ wenyuan.Moderator = (*Client)(nil)
