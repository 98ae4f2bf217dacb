package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"

	"wenyuan/gateway/wire"
)

type rerankRequest struct {
	Model     string   `json:"model"`
	Query     string   `json:"query"`
	Documents []string `json:"documents"`
	TopN      int      `json:"top_n"`
	Texts     []string `json:"texts,omitempty"` // what text-embeddings-inference calls documents
}

type scored struct {
	Index     int      `json:"index"`
	Relevance *float64 `json:"relevance_score"` // Jina, Cohere, vLLM, llama.cpp
	Score     *float64 `json:"score"`           // text-embeddings-inference
}

// Rerank scores passages for a question, in the order of the passages; higher is better, on
// whatever scale the model has. Passages go out in requests of Config.Batch. Errors are
// those of [wire.Server.Post].
func (m *Client) Rerank(ctx context.Context, question string, passages []string) ([]float64, error) {
	out := make([]float64, 0, len(passages))
	for len(passages) > 0 {
		n := min(m.s.Batch, len(passages))
		scores, err := m.rerank(ctx, question, passages[:n])
		if err != nil {
			return nil, err
		}
		out, passages = append(out, scores...), passages[n:]
	}
	return out, nil
}

// rerank asks at /v1/rerank, and where there is none at /rerank.
func (m *Client) rerank(ctx context.Context, question string, passages []string) ([]float64, error) {
	q := rerankRequest{Model: m.s.RemoteName, Query: question, Documents: passages, TopN: len(passages)}
	if !m.plainRoute.Load() {
		scores, err := m.scores(ctx, m.base+"/rerank", q)
		if said := wire.RefusalOf(err); said == nil || said.Status != http.StatusNotFound {
			return scores, err
		}
	}
	q.Texts = passages
	scores, err := m.scores(ctx, m.root+"/rerank", q)
	if err == nil {
		m.plainRoute.Store(true)
	}
	return scores, err
}

func (m *Client) scores(ctx context.Context, address string, q rerankRequest) ([]float64, error) {
	k, err := m.s.Post(ctx, address, q)
	if err != nil {
		return nil, err
	}
	defer k.End()
	var body json.RawMessage
	if err := k.Whole(&body); err != nil {
		return nil, err
	}
	var reply struct {
		Results []scored `json:"results"`
	}
	into := any(&reply)
	if body[0] == '[' {
		into = &reply.Results
	}
	if err := k.Decode(body, into); err != nil {
		return nil, err
	}
	scores, err := byIndex(reply.Results, len(q.Documents))
	if err != nil {
		return nil, k.Rubbish(err)
	}
	return scores, nil
}

// byIndex puts the scores where their passages were.
func byIndex(results []scored, want int) ([]float64, error) {
	if len(results) != want {
		return nil, fmt.Errorf("%d scores for %d passages", len(results), want)
	}
	out, seen := make([]float64, want), make([]bool, want)
	for _, s := range results {
		if s.Index < 0 || s.Index >= want || seen[s.Index] {
			return nil, fmt.Errorf("a score with the index %d among %d", s.Index, want)
		}
		if s.Relevance == nil {
			s.Relevance = s.Score
		}
		if s.Relevance == nil || math.IsNaN(*s.Relevance) || math.IsInf(*s.Relevance, 0) {
			return nil, errors.New("a result without a score")
		}
		out[s.Index], seen[s.Index] = *s.Relevance, true
	}
	return out, nil
}
