package zh

// consoles are the sentences of the gateway's pages.
var consoles = []pair{
	{"what the semantic cache has learned is for owners and operators", "语义缓存学到的内容只供所有者和运维者查看"},
	{"the share %s is not a percentage", "份额“%s”不是百分比"},
	{"write numbers from 0 to 100 that make 100 together", "请填 0 到 100 之间的数，合计 100"},
}
