package openai_test

import (
	"testing"

	"wenyuan"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
)

func opened(t testing.TB, c wire.Config) wenyuan.Model {
	m := openai.New(c)
	t.Cleanup(m.Close)
	return m
}

func TestConform(t *testing.T) { gatewaytest.Conform(t, opened) }

func FuzzReply(f *testing.F) { gatewaytest.Fuzz(f, "/v1/chat/completions", opened) }
