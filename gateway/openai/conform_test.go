package openai_test

import (
	"testing"

	"wenyuan"
	"wenyuan/gateway/gatewaytest"
	"wenyuan/gateway/openai"
	"wenyuan/gateway/wire"
)

func TestConform(t *testing.T) {
	gatewaytest.Conform(t, func(t testing.TB, c wire.Config) wenyuan.Model {
		m := openai.New(c)
		t.Cleanup(m.Close)
		return m
	})
}
