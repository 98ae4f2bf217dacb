package zh

// talk are the errors of conversations, memories and feedback, and what to do.
var talk = []pair{
	{"%d things are remembered already, and no more can be", "已记住 %s 条，不能再多"},
	{"a corrected answer has up to %d characters", "更正后的回答最多 %s 个字符"},
	{"a question of a conversation has up to %d bytes", "对话里的问题最多 %s 字节"},
	{"a reason has up to %d characters", "理由最多 %s 个字符"},
	{"a title has 1 to %d characters, this one has %d", "标题有 1 至 %s 个字符，这个有 %s 个"},
	{"begin a new one", "请开始新的对话"},
	{"conversations belong to somebody who may look into a space", "对话属于有权查看空间的人"},
	{"give up, down, or none", "请给出 up 或 down，或不给评价"},
	{"let some be forgotten: wenyuan memory list, wenyuan memory remove ID", "请忘掉一些：wenyuan memory list、wenyuan memory remove ID"},
	{"long material belongs into a document", "长的材料请放进文档"},
	{"longer material belongs into a document", "更长的材料请放进文档"},
	{"nothing is remembered under %q", "没有编号为“%s”的记忆"},
	{"say in a few words what the conversation is about", "请用几个字说明对话的内容"},
	{"say it in fewer words", "请说得短些"},
	{"say it in one or two sentences; long material belongs into a document", "请用一两句话说明；长的材料请放进文档"},
	{"sign in", "请先登录"},
	{"there is no conversation %q", "没有对话“%s”"},
	{"there is no rating %q", "没有评价“%s”"},
	{"this conversation has %d questions, and that is all it can have", "这个对话已有 %s 个问题，达到上限"},
	{"wenyuan conversation list shows your conversations", "wenyuan conversation list 列出你的对话"},
	{"wenyuan memory list shows what is remembered", "wenyuan memory list 列出已记住的内容"},
	{"what is to be remembered has 1 to %d characters, this has %d", "要记住的内容有 1 至 %s 个字符，这条有 %s 个"},
}
