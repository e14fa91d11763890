module peer

go 1.25.0

require github.com/database64128/tfo-go/v2 v2.3.3

require (
	github.com/database64128/netx-go v0.1.1 // indirect
	golang.org/x/sys v0.42.0 // indirect
)
