package question

import (
	"slices"
	"strings"
	"testing"
)

// leanings are a question, what is asked after it, and what that means; "=" stands alone.
const leanings = `
What is a dead-letter message? | How many times is it retried before? | How many times is the dead-letter message retried before?
What is a dead-letter message? | How many days is it kept? | How many days is the dead-letter message kept?
How much memory does Marlin need in version 1.2? | Where does it store its data? | Where does Marlin store its data?
How much memory does Marlin need in version 1.2? | and which Java does its console need? | which Java does Marlin's console need?
How many nodes does the cluster need? | How does it elect a leader? | How does the cluster elect a leader?
What is a topic? | Which broker keeps its files? | =
什么是死信消息？ | 最多重试几次？ | 死信消息最多重试几次？
什么是死信消息？ | 保留几天？ | 死信消息保留几天？
What is the salary of Mia Berg? | And when did she join? | when did Mia Berg join?
What is Mia Berg's salary? | And when did she join? | when did Mia Berg join?
How much does Mia Berg earn? | When did she join? | When did Mia Berg join?
What is the email of the manager of Harbor? | Where does he work? | Where does the manager of Harbor work?
Who is Mia Berg? | What is her salary? | What is Mia Berg's salary?
What is the salary of Mia Berg? | What is his phone number? | What is Mia Berg's phone number?
李雷的工资是多少？ | 那他什么时候入职的？ | 李雷什么时候入职的？
李雷的工资是多少？ | 他的邮箱呢？ | 李雷的邮箱呢？
王芳是谁？ | 她在哪个部门？ | 王芳在哪个部门？
李雷的工资是多少？ | 其他人什么时候入职？ | =
How long can a message be delayed? | and in version 4? | How long can a message be delayed in version 4?
How long can a message be delayed in version 5.0? | what about 4.x? | How long can a message be delayed in 4.x?
How do I configure the broker? | what about the proxy? | How do I configure the proxy?
What is the default port of the NameServer? | And the broker? | What is the default port of the broker?
What is the default port of the NameServer? | How do I change it? | How do I change the default port of the NameServer?
What is the default port of the NameServer? | what about the protocol? | What is the default port of the protocol?
What is a dead-letter queue? | How do I configure it? | How do I configure the dead-letter queue?
What is a dead-letter queue? | why? | What is a dead-letter queue: why?
What is a dead-letter queue? | What is it used for? | What is the dead-letter queue used for?
How do I create a topic? | Can I delete it later? | Can I delete the topic later?
How do I create a topic? | How do I delete one? | How do I delete one (the topic)?
Does RocketMQ support delayed messages? | How do I use them? | How do I use delayed messages?
How do I enable ACL? | Is there another way? | How do I enable ACL: Is there another way?
How do I enable ACL? | any example? | How do I enable ACL: any example?
How do I enable ACL? | does it work with TLS? | does ACL work with TLS?
How do I enable ACL? | What is its default value? | What is ACL's default value?
How do I enable ACL? | with Docker? | How do I enable ACL with Docker?
How do I enable ACL? | and on Windows? | How do I enable ACL on Windows?
What is the retention period? | How is this configured? | How is the retention period configured?
What is the retention period? | What does that mean? | What does the retention period mean?
What is the retention period? | can I change this setting? | can I change this setting (the retention period)?
What is the retention period? | What is the default? | What is the default (the retention period)?
What is consumer lag? | How to change? | How to change (consumer lag)?
What is the quota of a tenant? | what else? | What is the quota of a tenant: what else?
How are travel costs refunded? | in how many days? | How are travel costs refunded: in how many days?
What is the difference between push and pull consumers? | which one is better? | What is the difference between push and pull consumers: which one is better?
What is the difference between push and pull consumers? | the second one? | What is the difference between push and pull consumers: the second one?
How do I deploy the NameServer? | ok, and without Docker? | How do I deploy the NameServer without Docker?
How do I deploy the NameServer? | Who are the maintainers of the project? | =
How do I deploy the NameServer? | When a broker fails, how do I restart it? | =
How do I deploy the NameServer? | Is it possible to run two brokers on one machine? | =
How do I deploy the NameServer? | How long does it take to start a broker? | =
How do I deploy the NameServer? | How long does it take? | How do I deploy the NameServer: How long does it take?
How do I deploy the NameServer? | What is the default port of the broker? | =
How do I deploy the NameServer? | Do consumers lose messages when they restart? | =
How do I deploy the NameServer? | What happens to messages that are not consumed? | =
How do I deploy the NameServer? | and how do I configure TLS? | =
How do I deploy the NameServer? | What does the proxy do? | =
How do I deploy the NameServer? | DLQ | =
How do I deploy the NameServer? | maxMessageSize | =
How do I deploy the NameServer? | How does this system store messages? | =
How do I deploy the NameServer? | How do I set up a cluster so that it survives a crash? | =
How do I deploy the NameServer? | Is that the same as the registry? | Is the NameServer the same as the registry?
How do I deploy the NameServer? | thanks | =
How do I deploy the NameServer? | What is the maximum size of a message? | =
How do I deploy the NameServer? | Why does the consumer receive messages twice? | =
How do I deploy the NameServer? | What about transactions? | How do I deploy transactions?
How do I deploy the NameServer? | Which topics exist in this cluster? | =
How do I deploy the NameServer? | Does it need Java? | Does the NameServer need Java?
How do I deploy the NameServer? | How many of them do I need? | How many of them do I need (the NameServer)?
定时消息最长可以延迟多久？ | 那 4.x 呢？ | 在 4.x 中，定时消息最长可以延迟多久？
5.0 版本的定时消息最长可以延迟多久？ | 那 4.x 呢？ | 4.x 版本的定时消息最长可以延迟多久？
定时消息最长可以延迟多久？ | 在 4.x 版本里呢？ | 在 4.x 中，定时消息最长可以延迟多久？
定时消息最长可以延迟多久？ | 怎么修改？ | 定时消息怎么修改？
定时消息最长可以延迟多久？ | 它默认是多少？ | 定时消息默认是多少？
定时消息最长可以延迟多久？ | 默认是多少？ | 定时消息默认是多少？
定时消息最长可以延迟多久？ | 还有别的办法吗？ | 定时消息最长可以延迟多久，还有别的办法吗？
定时消息最长可以延迟多久？ | 为什么？ | 定时消息最长可以延迟多久，为什么？
NameServer 的默认端口是多少？ | 那 Broker 呢？ | Broker 的默认端口是多少？
NameServer 的默认端口是多少？ | Broker 呢 | Broker 的默认端口是多少？
NameServer 的默认端口是多少？ | 怎么修改它？ | 怎么修改 NameServer 的默认端口？
NameServer 的默认端口是多少？ | 那用途呢？ | NameServer 的用途是什么？
如何配置 ACL？ | 它和 TLS 有什么区别？ | ACL 和 TLS 有什么区别？
如何配置 ACL？ | 和 TLS 有什么区别？ | ACL 和 TLS 有什么区别？
如何配置 ACL？ | 这个功能默认开启吗？ | ACL 这个功能默认开启吗？
如何配置 ACL？ | 那 TLS 呢？ | 如何配置 TLS？
如何配置 ACL？ | 举个例子 | 如何配置 ACL，举个例子？
如何配置 ACL？ | 能详细说说吗？ | 如何配置 ACL，能详细说说吗？
什么是死信队列？ | 怎么查看？ | 死信队列怎么查看？
什么是死信队列？ | 它有什么用？ | 死信队列有什么用？
什么是死信队列？ | 其作用是什么？ | 死信队列的作用是什么？
什么是死信队列？ | 那普通队列呢？ | 什么是普通队列？
什么是死信队列？ | 这是什么意思？ | 死信队列是什么意思？
什么是死信队列？ | 该参数默认值是多少？ | 死信队列该参数默认值是多少？
什么是死信队列？ | 还有呢？ | 什么是死信队列，还有呢？
年假有几天？ | 那病假呢？ | 病假有几天？
年假有几天？ | 怎么申请？ | 年假怎么申请？
年假有几天？ | 可以折现吗？ | =
年假有几天？ | 那如果是实习生呢？ | 如果是实习生，年假有几天？
brokerRole 参数有哪些取值？ | 这个参数怎么改？ | brokerRole 参数怎么改？
brokerRole 参数有哪些取值？ | 有默认值吗？ | brokerRole 参数有默认值吗？
How do I enable ACL? | 那 TLS 呢？ | How do I enable TLS?
如何配置 ACL？ | and in version 4? | 在 version 4 中，如何配置 ACL？
如何配置 ACL？ | Broker 宕机后它会丢消息吗？ | =
如何配置 ACL？ | 消费者重启后它们会重复消费吗？ | =
如何配置 ACL？ | 该怎么部署 NameServer？ | =
如何配置 ACL？ | 那么如何部署 NameServer？ | =
如何配置 ACL？ | 什么是死信队列？ | =
如何配置 ACL？ | 消息最大是多少？ | =
如何配置 ACL？ | 为什么会重复消费？ | =
如何配置 ACL？ | 其他语言的客户端有哪些？ | =
如何配置 ACL？ | 这个系统支持事务消息吗？ | =
如何配置 ACL？ | 谢谢 | =
如何配置 ACL？ | 顺序消息如何保证顺序？ | =
如何配置 ACL？ | 定时消息 | =
如何配置 ACL？ | Topic 和 Tag 有什么区别？ | =
如何配置 ACL？ | 怎么把消息写入死信队列？ | =
如何配置 ACL？ | 磁盘满了怎么办？ | =
如何配置 ACL？ | 还有哪些监控指标？ | =
如何配置 ACL？ | 如果消费失败会怎样？ | =
如何配置 ACL？ | 有没有图形界面的控制台？ | =
`

func TestStandalone(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(leanings) {
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) != 3 {
			continue
		}
		got, leans := Standalone(f[1], []string{f[0]})
		if !leans && got != f[1] {
			t.Errorf("%q became %q and is said to stand alone", f[1], got)
		}
		if !leans {
			got = "="
		}
		if got != f[2] {
			t.Errorf("after %q, %q became %q, want %q", f[0], f[1], got, f[2])
		}
	}
}

func TestStandaloneFollowsAChain(t *testing.T) {
	t.Parallel()
	for want, asked := range map[string][]string{
		"What is the default port of the broker in version 4?": {"What is the default port of the NameServer?", "and the broker?", "thanks", "and in version 4?"},
		"在 4.x 中，Broker 的默认端口是多少？":                             {"NameServer 的默认端口是多少？", "那 Broker 呢？", "好的，谢谢", "那 4.x 呢？"},
		"how do I configure TLS?":                              {"What is ACL?", "why?", "how do I configure TLS?"},
	} {
		last := len(asked) - 1
		if got, _ := Standalone(asked[last], asked[:last]); got != want {
			t.Errorf("%q became %q, want %q", asked, got, want)
		}
	}
}

func TestStandaloneWithoutAConversation(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", longAsked)
	for _, before := range [][]string{nil, {""}, {"hello", "谢谢"}, {long}} {
		for _, text := range []string{"", " ", "why?", "那 4.x 呢？", "and in version 4?", long, "\xff\xfe?", "？？？"} {
			if got, leans := Standalone(text, slices.Clone(before)); leans || got != text {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

func FuzzStandalone(f *testing.F) {
	for line := range strings.Lines(leanings) {
		if last, text, ok := strings.Cut(line, " | "); ok {
			f.Add(last, text)
		}
	}
	f.Fuzz(func(t *testing.T, last, text string) {
		if got, leans := Standalone(text, []string{last}); !leans && got != text || len(got) > len(text)+2*len(last)+64 {
			t.Errorf("%q after %q became %q", text, last, got)
		}
	})
}
