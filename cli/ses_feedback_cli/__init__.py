"""The command line of SES Feedback. What a command does stands apart from its options, and is imported when it runs.

    the command and its parts       main, operator_commands, recovery_commands, identities_commands
    parts with one command          restore_command, simulate_command
    what an event becomes           explain, explain_cards, explain_files, classify
    an address                      check, why, standing
    decided by people               rule, refold
    SES's own suppression list      sync_ses, ses_account
    what SES is told                identities
    dead letters                    dead_letters, dead_letter_queue, letter
    the archive                     archive_replay, archive_bucket
    a backup                        restore, backup_source
    what commands share             options, output, connection, settings_file

`demo/` deploys the stack to a local AWS and plays a story through it; `simulate/` reports on mail that never leaves.
"""
