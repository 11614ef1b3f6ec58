"""The command line of SES Feedback: options and help here, the work of each command in a room of its own.

    main, commands   the options and the help, one file per command
    explain          what an event means, and why a mail bounced
    address          whether mail may be sent to an address, and why not; what operators decide about it
    dead_letters     what could not be handled
    archive          what Firehose wrote to S3, replayed
    backup           a copy of the ledger, restored
    ses_list         SES's own suppression list, kept in sync
    identities       what SES reports, as the settings say
    lists            other providers' lists of suppressions: imported, written, and what they forecast
    simulate         feedback about mail that is never sent
    demo             the stack on a local AWS, and a story played through it

Shared by all: `options`, `output`, `settings_file`, and `connection` (the way to a deployed stack).
"""
