package lang

import "testing"

func TestOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"How are messages retried?":           English,
		"消息如何重试？":                             Chinese,
		"defaultMQProducer 怎么配置 namesrvAddr":  Chinese,
		"What does 消费者 mean in this product?": English,
		"":      English,
		"5.3.1": English,
	} {
		if got := Of(text); got != want {
			t.Errorf("Of(%q) = %s, want %s", text, got, want)
		}
	}
}
