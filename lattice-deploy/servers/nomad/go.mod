// The Nomad server that `lattice-deploy` builds when none is installed.
module lattice/servers/nomad

go 1.26

tool github.com/hashicorp/nomad

require github.com/hashicorp/nomad v1.11.3

// Replacements are not inherited from a dependency, so Nomad's own must be named again.
replace (
	github.com/Microsoft/go-winio => github.com/endocrimes/go-winio v0.4.13-0.20190628114223-fb47a8b41948
	github.com/hashicorp/hcl => github.com/hashicorp/hcl v1.0.1-nomad-1
	github.com/hashicorp/nomad/api => github.com/hashicorp/nomad/api v0.0.0-20261016150620-df630b26e78a
)
