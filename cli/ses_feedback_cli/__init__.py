"""The command line of SES Feedback. The work of a command is apart from its options, and imported when it runs.

    main, commands   the options and the help of each command, one file a command
    explain          what an event becomes, and why a mail bounced
    address          may I write to it, and why not; what people decide about it
    dead_letters     what could not be handled
    archive          what Firehose wrote to S3, replayed
    backup           a copy of the ledger, restored
    ses_list         SES's own suppression list, kept in step
    identities       what SES is told to report
    simulate         events of mail that never leaves
    demo             the stack on a local AWS, and a story played through it

What commands share: `options`, `output`, `connection` (opens AWS's services), `settings_file`.
"""
