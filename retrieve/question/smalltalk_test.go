package question

import "testing"

func TestSmalltalk(t *testing.T) {
	t.Parallel()
	for text, kind := range map[string]string{
		"hi": Greeting, "Hello!": Greeting, "Good morning": Greeting, "Hey there, how are you?": Greeting, "你好": Greeting, "您好！": Greeting, "在吗？": Greeting, "早上好": Greeting, "哈喽～": Greeting,
		"thanks": Thanks, "Thank you very much!": Thanks, "ok, thanks a lot": Thanks, "谢谢": Thanks, "好的，谢谢你！": Thanks, "非常感谢": Thanks, "多谢了": Thanks, "明白了，谢谢": Thanks, "辛苦了": Thanks, "That's great 👍": Thanks,
		"bye": Farewell, "See you later!": Farewell, "再见": Farewell, "拜拜": Farewell, "谢谢，再见": Thanks,
		"Who are you?": Identity, "What can you do?": Identity, "hi, what can you help me with?": Identity, "what's your name": Identity, "你是谁？": Identity, "你能做什么": Identity, "你好，你是谁": Identity, "介绍一下你自己": Identity, "你会干什么？": Identity, "你有什么功能？": Identity,
	} {
		if got, ok := Smalltalk(text); !ok || got != kind {
			t.Errorf("%q is %q, want %q", text, got, kind)
		}
	}
	for _, text := range []string{
		"", " ", "?", "42", "hi, how do I configure ACL?", "你好，请问如何配置 ACL？", "thanks, but what about version 4?", "谢谢，那 4.x 呢？", "Who are the maintainers?", "你好世界程序怎么写",
		"What can the proxy do?", "Proxy 能做什么？", "who is responsible for payroll?", "hello world example", "谢谢信模板", "what is a greeting message", "introduce the broker", "介绍一下 Broker", "help me configure the broker",
		"good morning routine for operators", "帮助文档在哪里", "你们的退货政策是什么", "what do you do when a broker fails?", "bye bug", "早餐补贴是多少", "在吗啡的用量是多少", "test topic", "好的做法有哪些", "are you sure that it is 16?",
	} {
		if got, ok := Smalltalk(text); ok {
			t.Errorf("%q was taken for small talk (%s)", text, got)
		}
	}
}
