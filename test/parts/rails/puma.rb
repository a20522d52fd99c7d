bind "tcp://0.0.0.0:#{ENV.fetch('PORT', 3000)}"
threads 1, 4
environment ENV.fetch('RAILS_ENV', 'production')
# told to stop it ends with 0, having answered what it had begun
raise_exception_on_sigterm false
