package zh

// mining is what is said of orders to make pairs.
var mining = []pair{
	{"pairs are being made already, as you ordered", "你要求的偏好对正在生成"},
	{"wait for them, or stop that order", "等它完成，或停止它"},
	{"you ordered no pairs under %q", "你没有名为“%s”的生成请求"},
	{"%q is no whole number", "“%s”不是整数"},
	{"write it in digits", "请用数字书写"},
	{"the seeds of these rows were brought along and are kept no more", "这些行的种子是随请求带来的，已不再保存"},
	{"bring them again under the same name", "请以同一名称再次带来"},
	{"the list shows what you ordered", "列表里有你要求过的"},
}

// written is what is said of recipes and policies that people wrote in files.
var written = []pair{
	{"a policy has up to 20 parts, each with a name and some numbers", "一份策略最多 20 项，每项有名称和几个数"},
	{"the recipe %s cannot be read: %s", "无法读取配方 %s：%s"},
	{"the policy of the gate cannot be read: %s", "无法读取准入策略：%v"},
	{"[%d:%d] %s", "[%s:%s] %v"},
	{"it uses an anchor or alias (& or *)", "用了锚点或别名（& 或 *）"},
	{"it uses a tag (!)", "用了标签（!）"},
	{"a second document begins", "这里开始了第二份文档"},
	{"more than %d levels stand in each other", "嵌套超过 %s 层"},
	{"[1:1] it is no YAML and no JSON", "[1:1] 既不是 YAML，也不是 JSON"},
}
