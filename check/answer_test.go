package check

import (
	"testing"

	"wenyuan"
)

// answers are a sentence, its evidence and the verdict.
var answers = []struct {
	want           wenyuan.Verdict
	claim, against string
}{
	{wenyuan.Supported, "No, an operator has to replay them.", "Harbor does not delete quarantined messages automatically. An operator has to replay them."},
	{wenyuan.Supported, "No, Harbor does not delete quarantined messages automatically.", "Harbor does not delete quarantined messages automatically."},
	{wenyuan.Supported, "**No.** Harbor does not delete quarantined messages automatically.", "Harbor does not delete quarantined messages automatically."},
	{wenyuan.Supported, "Yes, an operator has to replay them.", "Harbor does not delete messages. An operator has to replay them."},
	{wenyuan.Supported, "不会，需要人工重放。", "系统不会自动删除隔离消息，需要人工重放。"},
	{wenyuan.Supported, "是的，需要人工重放。", "系统不会自动删除隔离消息，需要人工重放。"},
	{wenyuan.Supported, "没有，需要审批。", "访客进入机房需要审批。"},
	{wenyuan.Supported, "对，生产者不能发送消息。", "如果副本数小于2，生产者不能发送消息。"},
	{wenyuan.Unsupported, "Yes, automatically.", "Harbor does not delete quarantined messages automatically; an operator has to replay them."},
	{wenyuan.Unsupported, "Automatically.", "Harbor does not delete quarantined messages automatically."},
	{wenyuan.Unsupported, "Yes, Harbor deletes quarantined messages automatically.", "Harbor does not delete quarantined messages automatically."},
	{wenyuan.Unsupported, "是的，会自动删除。", "系统不会自动删除隔离消息，需要人工重放。"},
	{wenyuan.Unsupported, "会的，自动删除。", "系统不会自动删除隔离消息，需要人工重放。"},
	{wenyuan.Unsupported, "No, after 20 seconds.", "The first retry waits 10 seconds."},
	{wenyuan.Unverified, "Yes.", "Harbor deletes quarantined messages."},
	{wenyuan.Unverified, "No.", "Harbor does not delete quarantined messages."},
	{wenyuan.Unverified, "No.", "The retry interval is 10 seconds."},
	{wenyuan.Unverified, "No, it does not.", "Harbor does not delete quarantined messages."},
	{wenyuan.Unverified, "It cannot.", "Harbor cannot delete quarantined messages."},
	{wenyuan.Unverified, "不会。", "系统不会自动删除隔离消息。"},
	{wenyuan.Unverified, "没有。", "系统没有自动删除隔离消息。"},
	{wenyuan.Unverified, "是的。", "系统会自动删除隔离消息。"},
	{wenyuan.Supported, "No message is deleted.", "No message is deleted."},
	{wenyuan.Supported, "No. 5 is the oldest broker.", "No. 5 is the oldest broker."},
}

// A word that answers is no claim of its own, and no more than that cannot be supported.
func TestAnswerWords(t *testing.T) {
	t.Parallel()
	expect(t, answers)
}

// Who says something is a claim; which document says it is not.
func TestSpeakers(t *testing.T) {
	t.Parallel()
	expect(t, []struct {
		want           wenyuan.Verdict
		claim, against string
	}{
		{wenyuan.Unsupported, "Dr. Wang says the broker is fast.", `According to Dr. Lin, "the broker is fast. It is not magic."`},
		{wenyuan.Unsupported, "According to Dr. Wang, the broker is fast.", "According to Dr. Lin, the broker is fast."},
		{wenyuan.Unsupported, "According to Alice Wang, the broker is fast.", "The broker is fast."},
		{wenyuan.Unverified, "Wang says the broker is fast.", "Lin says the broker is fast."},
		{wenyuan.Unverified, "王博士指出，代理服务器速度很快。", "林博士指出，代理服务器速度很快，不是魔法。"},
		{wenyuan.Unverified, "据王博士介绍，代理服务器速度很快。", "代理服务器速度很快。"},
		{wenyuan.Supported, "According to Dr. Lin, the broker is fast.", `According to Dr. Lin, "the broker is fast. It is not magic."`},
		{wenyuan.Supported, "According to the Apache documentation, the broker is fast.", "The broker is fast."},
		{wenyuan.Supported, "The Harbor handbook says the broker is fast.", "The broker is fast."},
		{wenyuan.Supported, "林博士指出，代理服务器速度很快。", "林博士指出，代理服务器速度很快，不是魔法。"},
		{wenyuan.Supported, "据了解，代理服务器速度很快。", "代理服务器速度很快。"},
	})
}

// One bound said in several ways is one bound.
func TestBounds(t *testing.T) {
	t.Parallel()
	expect(t, []struct {
		want           wenyuan.Verdict
		claim, against string
	}{
		{wenyuan.Supported, "Producers can send up to 2,000 messages per second.", "Producers must not send more than 2,000 messages per second."},
		{wenyuan.Supported, "A producer must not send more than 2,000 messages per second.", "A producer can send up to 2,000 messages per second."},
		{wenyuan.Supported, "A producer may send up to 2,000 messages per second.", "A producer cannot send more than 2,000 messages per second."},
		{wenyuan.Supported, "Passwords must not have less than 8 characters.", "Passwords must have at least 8 characters."},
		{wenyuan.Supported, "The office is open until 18:00.", "The office is not open after 18:00."},
		{wenyuan.Supported, "The office opens no earlier than 9:00.", "The office does not open before 9:00."},
		{wenyuan.Supported, "One or more brokers are needed.", "At least one broker is needed."},
		{wenyuan.Supported, "A failed message is retried 16 times at most.", "A failed message is retried at most 16 times."},
		{wenyuan.Supported, "A failed message is retried 16 times at most, and then moved.", "A failed message is retried at most 16 times and then moved."},
		{wenyuan.Supported, "生产者每秒最多发送 2000 条。", "生产者每秒不得发送超过 2000 条。"},
		{wenyuan.Supported, "生产者每秒不得发送超过 2000 条消息。", "生产者每秒最多可以发送 2000 条消息。"},
		{wenyuan.Supported, "密码不得少于 8 位。", "密码至少 8 位。"},
		{wenyuan.Supported, "密码长度不能少于 8 位。", "密码长度至少为 8 位。"},
		{wenyuan.Supported, "消费失败的消息重试以16次为上限。", "消费失败的消息最多重试16次。"},
		{wenyuan.Supported, "消费失败的消息重试不超过16次。", "消费失败的消息最多重试16次。"},
		{wenyuan.Supported, "消费失败的消息重试最多16次。", "消费失败的消息最多重试 16 次。"},
		{wenyuan.Supported, "The claim must be sent no later than 14 days after the return.", "The claim must be sent within 14 days after the return."},
		{wenyuan.Supported, "The pool is closed until week 32.", "The pool is closed up to week 32."},
		{wenyuan.Supported, "赔付最高 1500 元。", "赔付上限为 1500 元。"},
		{wenyuan.Supported, "应在返程后14天内提交理赔。", "必须在返程后14天以内提交理赔。"},
		{wenyuan.Supported, "未满 12 岁的儿童免费。", "12 岁以下的儿童免费。"},
		{wenyuan.Supported, "只有登录后，才能评论。", "只有登录后，才能评论。"},
		{wenyuan.Supported, "一个实例只有一张图，然后才能求和。", "一个实例只有一张图。 然后才能求和。"},
		{wenyuan.Unsupported, "冬季运动均受保障。", "只有在出发前购买“雪山”附加险，冬季运动才受保障。"},
		{wenyuan.Unsupported, "赔付最低 1500 元。", "赔付上限为 1500 元。"},
		{wenyuan.Unsupported, "未满 12 岁的儿童免费。", "12 岁以上的儿童免费。"},
		{wenyuan.Unsupported, "Producers can send up to 3,000 messages per second.", "Producers must not send more than 2,000 messages per second."},
		{wenyuan.Unsupported, "Producers can send more than 2,000 messages per second.", "Producers must not send more than 2,000 messages per second."},
		{wenyuan.Unsupported, "Producers must send at least 2,000 messages per second.", "Producers must not send more than 2,000 messages per second."},
		{wenyuan.Unsupported, "The office is open until 19:00.", "The office is not open after 18:00."},
		{wenyuan.Unsupported, "The office is open after 18:00.", "The office is not open after 18:00."},
		{wenyuan.Unsupported, "The session expires after 5 minutes.", "The session does not expire after 5 minutes."},
		{wenyuan.Unsupported, "A failed message is retried 16 times at least.", "A failed message is retried at most 16 times."},
		{wenyuan.Unsupported, "生产者每秒至少发送 2000 条。", "生产者每秒不得发送超过 2000 条。"},
		{wenyuan.Unsupported, "生产者每秒可以发送超过 2000 条。", "生产者每秒不得发送超过 2000 条。"},
		{wenyuan.Unsupported, "密码长度不能超过 8 位。", "密码长度至少为 8 位。"},
		{wenyuan.Unsupported, "消费失败的消息重试最少16次。", "消费失败的消息最多重试16次。"},
	})
}

func expect(t *testing.T, cases []struct {
	want           wenyuan.Verdict
	claim, against string
}) {
	t.Helper()
	for _, c := range cases {
		f := Prepare([]Evidence{{N: 1, Text: c.against}}).Check(c.claim, nil)
		if f.Verdict != c.want {
			t.Errorf("%q against %q is %s (%s), want %s", c.claim, c.against, f.Verdict, f.Reason, c.want)
		}
		if (f.Reason == "") != (f.Verdict == wenyuan.Supported) {
			t.Errorf("%q is %s with the reason %q", c.claim, f.Verdict, f.Reason)
		}
	}
}
