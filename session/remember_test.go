package session_test

import (
	"testing"

	"wenyuan/session"
)

func TestToRemember(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Remember that I use 5.3.1.":                      "I use 5.3.1.",
		"remember: our cluster runs in Beijing":           "our cluster runs in Beijing",
		"Please remember I'm on version 5.3.1":            "I'm on version 5.3.1",
		"ok, please remember that we deploy with Docker!": "we deploy with Docker",
		"Please note: I use 5.3.1":                        "I use 5.3.1",
		"please note that we run four brokers":            "we run four brokers",
		"Keep in mind that my name server is at 10.0.0.1": "my name server is at 10.0.0.1",
		"Don't forget: the test cluster has no TLS":       "the test cluster has no TLS",
		"do not forget that I prefer short answers":       "I prefer short answers",
		"For future reference, my name is Li Na.":         "my name is Li Na.",
		"From now on answer for 5.x":                      "From now on answer for 5.x",
		"from now on, please always reply in Chinese":     "from now on, please always reply in Chinese",
		"Always answer in English.":                       "Always answer in English.",
		"Please answer in English from now on.":           "Please answer in English from now on.",
		"In future use metric units":                      "In future use metric units",
		"记住：我用的是 5.3.1":                                   "我用的是 5.3.1",
		"请记住，我们的集群在北京。":                                   "我们的集群在北京",
		"请记住我用的是 5.3.1 版本":                                "我用的是 5.3.1 版本",
		"记得我们只用 Dledger 模式":                               "我们只用 Dledger 模式",
		"帮我记一下：生产环境是 4 主 4 从":                             "生产环境是 4 主 4 从",
		"别忘了，测试集群没有开 TLS":                                 "测试集群没有开 TLS",
		"不要忘记我们的版本是 4.9":                                  "我们的版本是 4.9",
		"请注意：我用的是 5.3.1":                                  "我用的是 5.3.1",
		"以后都按 5.x 回答":                                     "以后都按 5.x 回答",
		"今后请用中文回答我。":                                      "今后请用中文回答我",
		"以后回答都简短一点":                                       "以后回答都简短一点",
		"从现在起你的回答一律只引用官方文档，用英文回答":                         "从现在起你的回答一律只引用官方文档，用英文回答",
		"好的，以后请叫我小王":                                      "好的，以后请叫我小王",
		"另外，请记住我们都部署在 Kubernetes 上":                       "我们都部署在 Kubernetes 上",
	} {
		if got, ok := session.ToRemember(text); !ok || got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", " ", "?", "remember", "Remember:", "记住", "记住：", "请记住。", "remember that",
		"Do you remember what I said about the version?",
		"do you remember my version",
		"Can you remember that I use 5.3.1?",
		"Could you please remember how we set the port",
		"What did I ask you to remember?",
		"How do I make the browser remember that I am signed in?",
		"How does the consumer remember its offset",
		"Remember me does not work on the sign-in page",
		"remember my password option is missing",
		"Remember the milk",
		"The broker remembers that a message was sent.",
		"I remember that this worked in 4.9",
		"I can't remember which port it is",
		"Note: the default port is 9876.",
		"Note that the broker must be started first.",
		"Please note that brokers must be started in order.",
		"NOTE: this feature is deprecated since 5.0",
		"Remember that I use 5.3.1. Which port does the proxy listen on?",
		"remember: 5.3.1\nWhich port is it",
		"From now on the broker answers with code 17",
		"from now on, is TLS the default?",
		"In future versions, will TLS be the default",
		"In future the broker will be replaced",
		"Always On is a feature of SQL Server",
		"always answer timeout error in log",
		"never reply",
		"Why should I keep in mind that messages may repeat?",
		"Is there a way to note that a message was consumed",
		"Explain keep in mind that: as a phrase?",
		"Don't forget to commit the offset",
		"for later versions the default differs",
		"记住密码的功能怎么用？",
		"记住密码的功能怎么用",
		"记住密码功能在哪里设置",
		"记住我的登录状态要怎么设置",
		"记住我选项不见了",
		"记住登录状态",
		"你还记得我用的是哪个版本吗",
		"还记得我们上次说的配置吗？",
		"记得上次说的那个配置",
		"你记得我用的版本吗",
		"如何让浏览器记住我的密码",
		"消费者怎么记住消费位点",
		"系统会记住：上次的位置在哪",
		"注意：Broker 必须先启动",
		"注意事项有哪些",
		"请注意，默认端口是 9876。",
		"以后版本会支持 gRPC 吗",
		"以后的版本都兼容 4.x",
		"以后会支持多语言",
		"以后请求超时会返回错误码",
		"今后的发展方向是什么",
		"以后消息都会被回复吗？",
		"接下来怎么配置 Broker",
		"接下来请给出部署步骤，分几种模式",
		"别忘了提交位点会怎么样",
		"不要忘记密码",
		"记一下日志的方法是什么",
		"记录消息轨迹的开关",
		"为什么要记住：先启动 NameServer",
	} {
		if got, ok := session.ToRemember(text); ok {
			t.Errorf("%q is taken for a request to remember %q", text, got)
		}
	}
}
