package zh

// guardPages are what the editor of rules says.
var guardPages = []pair{
	{"the policy has no such set of rules", "这个策略没有这个规则集"},
	{"its page lists those that it has", "策略页列出了它的规则集"},
	{"there is a set of rules with this name", "已有同名的规则集"},
	{"somebody else saved the policy in the meantime", "期间有人保存了这个策略"},
	{"copy what you wrote, open the page again, and put it in", "请复制写好的内容，重新打开页面后再放进去"},
}
