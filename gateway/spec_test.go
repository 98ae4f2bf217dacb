package gateway_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/gateway"
)

func TestSpecDefaults(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"http://127.0.0.1:8080/v1": "inside", "http://[::1]:8080": "inside", "http://localhost": "inside", "http://127.9.9.9": "inside",
		"http://10.0.0.5:8080": "outside", "https://api.example.com": "outside", "http://localhost.example.com": "outside", "http://127.0.0.1.example.com": "outside",
	} {
		if s := at("m", in).WithDefaults(); s.Location != want {
			t.Errorf("%s is %s, want %s", in, s.Location, want)
		}
	}
	if s := at("m", "http://127.0.0.1:1", "http://10.0.0.1").WithDefaults(); s.Location != gateway.Outside {
		t.Error("one replica outside, and the model is inside")
	}
	told := gateway.Spec{Name: "m", Location: "outside", Can: []string{"tools", "chat", "chat"}, Replicas: []gateway.Replica{{URL: "http://127.0.0.1:1", RemoteName: "m"}}}
	want := gateway.Spec{Name: "m", Location: "outside", Can: []string{"chat", "tools"}, Replicas: []gateway.Replica{{URL: "http://127.0.0.1:1", Dialect: "openai"}}}
	if d := cmp.Diff(want, told.WithDefaults()); d != "" {
		t.Error(d)
	}
	if s := (gateway.Spec{Name: "j", Replicas: []gateway.Replica{{URL: "http://127.0.0.1:1", Dialect: "nli"}}}).WithDefaults(); s.Check() != nil || !s.Able(gateway.Judging) {
		t.Errorf("%+v: %v", s, s.Check())
	}
}

// Each fault names its field and says what to write.
func TestSpecFaults(t *testing.T) {
	t.Parallel()
	good := func() gateway.Spec { return at("m", "http://127.0.0.1:1") }
	for field, c := range map[string]struct {
		spoil func(*gateway.Spec)
		says  string
	}{
		"name":                    {func(s *gateway.Spec) { s.Name = "a b" }, "cannot be the name"},
		"":                        {func(s *gateway.Spec) { s.Replicas = nil }, "has no replicas"},
		"replicas":                {func(s *gateway.Spec) { s.Replicas = make([]gateway.Replica, 65) }, "at most 64"},
		"replicas[0].url":         {func(s *gateway.Spec) { s.Replicas[0].URL = "ftp://x" }, "not an http or https address"},
		"replicas[0].dialect":     {func(s *gateway.Spec) { s.Replicas[0].Dialect = "foo" }, "known are openai, anthropic, ollama, nli"},
		"replicas[0].remote_name": {func(s *gateway.Spec) { s.Replicas[0].RemoteName = "a\nb" }, "one line"},
		"replicas[0].key_env":     {func(s *gateway.Spec) { s.Replicas[0].KeyEnv = "sk-123" }, "never the key itself"},
		"replicas[0].weight":      {func(s *gateway.Spec) { s.Replicas[0].Weight = -1 }, "share beside the others"},
		"replicas[0].priority":    {func(s *gateway.Spec) { s.Replicas[0].Priority = 101 }, "asked first"},
		"replicas[0].region":      {func(s *gateway.Spec) { s.Replicas[0].Region = "a\nb" }, "one line"},
		"replicas[0].cost":        {func(s *gateway.Spec) { s.Replicas[0].Cost = math.NaN() }, "million tokens"},
		"fallback":                {func(s *gateway.Spec) { s.Fallback = strings.Split("a b c d e f g h i", " ") }, "at most 8"},
		"fallback[0]":             {func(s *gateway.Spec) { s.Fallback = []string{"m"} }, "the model itself"},
		"fallback[1]":             {func(s *gateway.Spec) { s.Fallback = []string{"a", "a"} }, "twice"},
		"context":                 {func(s *gateway.Spec) { s.Context = -1 }, "number of tokens"},
		"location":                {func(s *gateway.Spec) { s.Location = "mars" }, "inside or outside"},
		"can":                     {func(s *gateway.Spec) { s.Can = []string{"sing"} }, "known are chat"},
		"price":                   {func(s *gateway.Spec) { s.Price = &gateway.Price{Input: -1, Currency: "USD"} }, "million tokens"},
		"price.currency":          {func(s *gateway.Spec) { s.Price = &gateway.Price{Currency: "much money"} }, "USD or CNY"},
		"tokenizer":               {func(s *gateway.Spec) { s.Tokenizer, s.Replicas[0].Dialect = "engine", "anthropic" }, "dialect openai"},
	} {
		s := good()
		c.spoil(&s)
		faults := s.WithDefaults().Faults()
		if len(faults) == 0 || faults[0].Field != field || !strings.Contains(faults[0].Text, c.says) {
			t.Errorf("%s: %+v", field, faults)
		}
		if err := s.WithDefaults().Check(); wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, s := range []gateway.Spec{
		{Name: "anthropic cannot embed", Can: []string{"embeddings"}, Replicas: []gateway.Replica{{URL: "http://x", Dialect: "anthropic"}}},
		{Name: "tools", Can: []string{"tools"}, Replicas: []gateway.Replica{{URL: "http://x"}}},
		{Name: "two ways to judge", Can: []string{"judge"}, Replicas: []gateway.Replica{{URL: "http://x", Dialect: "nli"}, {URL: "http://y"}}},
		{Name: "nli", Can: []string{"chat"}, Replicas: []gateway.Replica{{URL: "http://x", Dialect: "nli"}}},
	} {
		if s.WithDefaults().Check() == nil {
			t.Errorf("%s is right", s.Name)
		}
	}
	if err := good().WithDefaults().Check(); err != nil {
		t.Error(err)
	}
}
